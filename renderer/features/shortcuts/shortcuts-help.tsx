import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './shortcuts.module.css';

type Row = readonly [keys: readonly string[], label: Label];
type Label =
  | 'help'
  | 'palette'
  | 'presence'
  | 'goDesk'
  | 'goHistory'
  | 'goCustomers'
  | 'goBoard'
  | 'goSetup'
  | 'answer'
  | 'decline'
  | 'candidate'
  | 'mute'
  | 'hold'
  | 'keypad'
  | 'notes'
  | 'hangUp'
  | 'disposition'
  | 'extend'
  | 'finish';

const sections: readonly (readonly [
  title: 'anywhere' | 'offer' | 'call' | 'wrapUp',
  rows: readonly Row[],
])[] = [
  [
    'anywhere',
    [
      [['F1', '?'], 'help'],
      [['Ctrl K', '/'], 'palette'],
      [['P'], 'presence'],
      [['W'], 'goDesk'],
      [['Y'], 'goHistory'],
      [['U'], 'goCustomers'],
      [['B'], 'goBoard'],
      [['S'], 'goSetup'],
    ],
  ],
  [
    'offer',
    [
      [['A'], 'answer'],
      [['D'], 'decline'],
      [['1 – 9'], 'candidate'],
    ],
  ],
  [
    'call',
    [
      [['M'], 'mute'],
      [['H'], 'hold'],
      [['K'], 'keypad'],
      [['N'], 'notes'],
      [['Esc Esc'], 'hangUp'],
    ],
  ],
  [
    'wrapUp',
    [
      [['1 – 9'], 'disposition'],
      [['E'], 'extend'],
      [['Ctrl Enter'], 'finish'],
    ],
  ],
];

export function ShortcutsHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('shortcuts.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <div className={classes.sections} data-testid="shortcuts-help">
        {sections.map(([title, rows]) => (
          <section key={title}>
            <h3 className="label">{t(`shortcuts.${title}`)}</h3>
            <dl>
              {rows.map(([keys, label]) => (
                <div key={label}>
                  <dt>{t(`shortcuts.${label}`)}</dt>
                  <dd>
                    {keys.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className="dimmed">{t('shortcuts.typing')}</p>
    </Modal>
  );
}
