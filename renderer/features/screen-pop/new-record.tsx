import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import type { OfferView, WorkView } from '#shared/contract/calls.ts';
import { endpoints } from '#shared/contract/index.ts';
import { formatNumber, normalizeNumber } from '#shared/model/phone.ts';
import { IconUserPlus } from '../../components/icons.ts';
import { isAnonymous } from '../../components/names.ts';
import { showProblem } from '../../components/problems.ts';
import { chooseCustomer } from '../../stores/actions.ts';
import { call } from '../../stores/api.ts';
import classes from './screen-pop.module.css';

/** An unknown caller: a record with the number filled in, and the contact pointed at it. */
export function NewRecord({ on }: { on: OfferView | WorkView }) {
  const { t } = useTranslation();
  const known = isAnonymous(on.pop.number) ? '' : formatNumber(on.pop.number);
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [phone, setPhone] = useState(known);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const nameProblem = name.trim() === '' ? t('pop.nameMissing') : undefined;
  const emailProblem =
    email.trim() === '' || z.email().safeParse(email.trim()).success ? undefined : t('pop.emailWrong');

  async function create(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (nameProblem !== undefined || emailProblem !== undefined || busy) return;
    setBusy(true);
    try {
      const customer = await call(endpoints.createCustomer, {
        body: {
          name: name.trim(),
          ...(phone.trim() === '' ? {} : { phone: normalizeNumber(phone) }),
          ...(email.trim() === '' ? {} : { email: email.trim() }),
        },
      });
      await chooseCustomer(on, customer.id);
    } catch (error) {
      showProblem(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      className={classes.form}
      onSubmit={(event) => void create(event)}
      noValidate
      data-testid="pop-new-record"
    >
      <h3 className="label">{t('pop.newRecord')}</h3>
      <TextInput
        label={t('pop.name')}
        value={name}
        maxLength={120}
        onChange={(event) => setName(event.currentTarget.value)}
        error={tried ? nameProblem : undefined}
        data-testid="pop-new-name"
      />
      <TextInput
        label={t('pop.number')}
        value={phone}
        maxLength={40}
        inputMode="tel"
        onChange={(event) => setPhone(event.currentTarget.value)}
        data-testid="pop-new-phone"
      />
      <TextInput
        label={t('pop.email')}
        value={email}
        maxLength={254}
        inputMode="email"
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={tried ? emailProblem : undefined}
        data-testid="pop-new-email"
      />
      <Button
        type="submit"
        variant="light"
        leftSection={<IconUserPlus size={16} />}
        loading={busy}
        data-testid="pop-new-create"
      >
        {t('pop.create')}
      </Button>
    </form>
  );
}
