import { Alert, Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemText } from '../../components/problems.ts';
import { loadSession, signIn, useSession } from '../../stores/session.ts';
import classes from './sign-in.module.css';

export function SignIn() {
  const { t } = useTranslation();
  const reason = useSession((s) => s.reason);
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ text: string; code?: string }>();

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (username.trim() === '' || password === '') {
      setProblem({ text: t('signIn.missing') });
      return;
    }
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(username.trim(), password);
    } catch (error) {
      setProblem(problemText(error));
      setPassword('');
      document.getElementById('sign-in-password')?.focus();
    } finally {
      setBusy(false);
    }
  }

  return (
    <main className={classes.page}>
      <form className={classes.card} onSubmit={(event) => void submit(event)} noValidate>
        <header className={classes.head}>
          <img src="/cordboard.svg" alt="" width={36} height={36} />
          <div>
            <h1>{t('app.name')}</h1>
            <p className="dimmed">{t('app.tagline')}</p>
          </div>
        </header>
        {reason === undefined || problem !== undefined ? null : (
          <Alert color={reason === 'signedOut' ? 'gray' : 'orange'} mb="md" role="status">
            {t(`signIn.${reason}`)}
            {reason === 'unreachable' ? (
              <Button variant="subtle" size="compact-sm" ml="xs" onClick={() => void loadSession()}>
                {t('common.retry')}
              </Button>
            ) : null}
          </Alert>
        )}
        <TextInput
          label={t('signIn.username')}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          data-autofocus
          autoFocus
          size="md"
          data-testid="sign-in-username"
        />
        <PasswordInput
          id="sign-in-password"
          label={t('signIn.password')}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          maxLength={256}
          mt="sm"
          size="md"
          data-testid="sign-in-password"
        />
        <div role="alert" data-testid="sign-in-problem" className={classes.problem}>
          {problem === undefined ? null : (
            <>
              {problem.text}
              {problem.code === undefined ? null : (
                <span className="dimmed"> ({t('common.code', { code: problem.code })})</span>
              )}
            </>
          )}
        </div>
        <Button type="submit" fullWidth size="md" loading={busy} data-testid="sign-in-submit">
          {t('signIn.submit')}
        </Button>
      </form>
    </main>
  );
}
