import classes from './keypad.module.css';

const LETTERS: Readonly<Record<string, string>> = {
  '2': 'ABC',
  '3': 'DEF',
  '4': 'GHI',
  '5': 'JKL',
  '6': 'MNO',
  '7': 'PQRS',
  '8': 'TUV',
  '9': 'WXYZ',
};
export const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const;

interface KeypadProps {
  readonly onKey: (key: string) => void;
  readonly label: (key: string) => string;
  /** `keypad-5`, `dial-5` */
  readonly testPrefix: string;
  readonly disabled?: boolean;
}

/** Twelve keys; the person's own keyboard works beside them. */
export function Keypad({ onKey, label, testPrefix, disabled = false }: KeypadProps) {
  return (
    <div className={classes.keypad}>
      {KEYS.map((key) => (
        <button
          key={key}
          type="button"
          className={classes.key}
          disabled={disabled}
          aria-label={label(key)}
          data-testid={`${testPrefix}-${key}`}
          onClick={() => onKey(key)}
        >
          <span>{key}</span>
          <small>{LETTERS[key] ?? '\u00a0'}</small>
        </button>
      ))}
    </div>
  );
}
