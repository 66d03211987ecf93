import { Tooltip } from '@mantine/core';
import classes from './board.module.css';

/** The head of a column; its formula shows on hover and focus, and is read out with it. */
export function Head({ label, hint, figure = true }: { label: string; hint: string; figure?: boolean }) {
  return (
    <th scope="col" className={figure ? classes.number : undefined}>
      <Tooltip label={hint} multiline w={260} events={{ hover: true, focus: true, touch: true }}>
        <button type="button" className={classes.hint} aria-label={`${label}: ${hint}`}>
          {label}
        </button>
      </Tooltip>
    </th>
  );
}
