import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OfferView, WorkView } from '#shared/contract/calls.ts';
import { TierBadge } from '../../components/tier-badge.tsx';
import { useShortcuts } from '../../components/use-shortcuts.ts';
import { chooseCustomer, useChoice } from '../../stores/actions.ts';
import { NewRecord } from './new-record.tsx';
import classes from './screen-pop.module.css';

/** Several records have this number: best first, one key each. */
export function Candidates({ on, keys }: { on: OfferView | WorkView; keys: boolean }) {
  const { t } = useTranslation();
  const [none, setNone] = useState(false);
  const choices = on.pop.candidates.slice(0, 9);
  const choose = (id: string) => void chooseCustomer(on, id);
  useShortcuts(
    keys
      ? Object.fromEntries(choices.map((customer, index) => [String(index + 1), () => choose(customer.id)]))
      : {},
  );
  const chosen = useChoice((s) => (s.interactionId === on.interactionId ? s.customerId : undefined));
  if (none) return <NewRecord on={on} />;
  return (
    <div>
      <h3 className="label">{t('pop.candidates')}</h3>
      <p className={classes.nothing} role="status">
        {t(chosen === undefined ? 'pop.candidatesHint' : 'pop.chosenLater')}
      </p>
      <ol className={classes.candidates}>
        {choices.map((customer, index) => (
          <li key={customer.id}>
            <button
              type="button"
              aria-pressed={chosen === customer.id}
              onClick={() => choose(customer.id)}
              data-testid={`pop-candidate-${index + 1}`}
            >
              {keys ? <kbd>{index + 1}</kbd> : null}
              <span className="grow">
                <strong>{customer.name}</strong>
                <span className="dimmed">
                  {[customer.account, customer.city, customer.owner?.name].filter(Boolean).join(' · ')}
                </span>
              </span>
              <TierBadge tier={customer.tier} />
            </button>
          </li>
        ))}
      </ol>
      <Button variant="subtle" size="compact-sm" onClick={() => setNone(true)}>
        {t('pop.notListed')}
      </Button>
    </div>
  );
}
