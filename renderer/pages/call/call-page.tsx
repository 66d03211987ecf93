import { Alert, Button, Loader, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ivrEndpoints } from '#shared/contract/ivr.ts';
import { useNames } from '../../components/default-names.ts';
import { IconPhone, IconPhoneOff } from '../../components/icons.ts';
import { KEYS, Keypad } from '../../components/keypad.tsx';
import { LevelMeter } from '../../components/level-meter.tsx';
import { useShortcuts } from '../../components/use-shortcuts.ts';
import { call } from '../../stores/api.ts';
import { usePreferences } from '../../stores/preferences.ts';
import { formatSpan } from '../../stores/time.core.ts';
import classes from './call-page.module.css';
import type { Caller, CallerSnapshot } from './caller.ts';
import { createCaller } from './sipjs-caller.ts';

const atRest: CallerSnapshot = { state: 'idle', problem: undefined, since: undefined, reconnecting: false };
/** `/call?to=4001&from=+14155550100` fills the form in, for links in mails and on other pages. */
const link = new URLSearchParams(location.search);

function useCaller(): { caller: Caller | undefined; snapshot: CallerSnapshot } {
  const [snapshot, setSnapshot] = useState(atRest);
  const [caller, setCaller] = useState<Caller>();
  useEffect(() => {
    const made = createCaller(setSnapshot);
    setCaller(made);
    const leaving = () => made.dispose();
    addEventListener('pagehide', leaving);
    return () => {
      removeEventListener('pagehide', leaving);
      made.dispose();
    };
  }, []);
  return { caller, snapshot };
}

export function CallPage() {
  const { t } = useTranslation();
  const named = useNames();
  const { caller, snapshot } = useCaller();
  const page = useQuery({
    queryKey: ['call-page'],
    queryFn: () => call(ivrEndpoints.callPage),
    staleTime: 60_000,
  });
  const [chosen, setChosen] = useState(link.get('to') ?? '');
  const [from, setFrom] = useState(link.get('from') ?? '');
  const [sent, setSent] = useState('');
  const audio = useRef<HTMLAudioElement>(null);
  const numbers = page.data?.numbers ?? [];
  const number = numbers.some((entry) => entry.number === chosen) ? chosen : (numbers[0]?.number ?? '');
  const { state, problem } = snapshot;
  const inCall = state === 'calling' || state === 'ringing' || state === 'talking';

  useEffect(() => {
    caller?.attach(audio.current);
    return () => caller?.attach(null);
  }, [caller]);

  const press = (key: string) => {
    if (caller?.sendDigit(key) === true) setSent((before) => (before + key).slice(-24));
  };
  useShortcuts(state === 'talking' ? Object.fromEntries(KEYS.map((key) => [key, () => press(key)])) : {});

  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <header className={classes.head}>
          <img src="/cordboard.svg" alt="" width={34} height={34} />
          <h1 className="grow">{t('callPage.title')}</h1>
          <LanguageLink />
        </header>
        <p className="dimmed">{t('callPage.intro')}</p>
        {page.isError && page.data === undefined ? (
          <Alert color="red">
            {t('callPage.unreachable')}{' '}
            <Button size="compact-sm" variant="light" color="red" onClick={() => void page.refetch()}>
              {t('common.retry')}
            </Button>
          </Alert>
        ) : page.data === undefined ? (
          <Loader size="sm" />
        ) : numbers.length === 0 ? (
          <Alert color="orange">{t('callPage.noNumbers')}</Alert>
        ) : (
          <>
            <NativeSelect
              size="md"
              label={t('callPage.number')}
              value={number}
              disabled={inCall}
              onChange={(event) => setChosen(event.currentTarget.value)}
              data={numbers.map((entry) => ({
                value: entry.number,
                label: `${named('number', { id: entry.number, name: entry.name })} (${entry.number})`,
              }))}
              data-testid="call-number"
            />
            <TextInput
              size="md"
              mt="sm"
              label={t('callPage.from')}
              description={t('callPage.fromHint')}
              value={from}
              disabled={inCall}
              type="tel"
              autoComplete="tel"
              maxLength={24}
              onChange={(event) => setFrom(event.currentTarget.value)}
              data-testid="call-from"
            />
            {inCall ? (
              <Button
                fullWidth
                size="lg"
                mt="md"
                color="alarm"
                leftSection={<IconPhoneOff size={20} />}
                onClick={() => caller?.hangUp()}
                data-testid="call-hangup"
              >
                {t('callPage.hangUp')}
              </Button>
            ) : (
              <Button
                fullWidth
                size="lg"
                mt="md"
                color="confirm"
                leftSection={<IconPhone size={20} />}
                onClick={() => {
                  setSent('');
                  caller?.call(number, from, page.data.domain);
                }}
                data-testid="call-start"
              >
                {t('callPage.start')}
              </Button>
            )}
          </>
        )}
        <div
          className={classes.status}
          data-testid="call-status"
          data-state={state}
          data-problem={problem ?? ''}
          role="status"
        >
          <strong>{t(`callPage.status.${state}`)}</strong>
          {problem === undefined ? null : <span>{t(`callPage.why.${problem}`)}</span>}
          {snapshot.reconnecting ? <span>{t('callPage.reconnecting')}</span> : null}
        </div>
        <div className={classes.live} data-active={state === 'talking'}>
          <Duration snapshot={snapshot} />
          <LevelMeter
            read={() => caller?.remoteLevel() ?? 0}
            label={t('callPage.level')}
            testId="call-level"
          />
        </div>
        <p className="label" style={{ textAlign: 'center' }}>
          {t('callPage.keypad')}
        </p>
        <Keypad
          onKey={press}
          label={(key) => t('callPage.dial', { key })}
          testPrefix="dial"
          disabled={state !== 'talking'}
        />
        <p className={`${classes.sent} tabular`} aria-live="polite" data-testid="call-sent">
          {sent}
        </p>
        {/* biome-ignore lint/a11y/useMediaCaption: the voice of a telephone call has no captions */}
        <audio ref={audio} autoPlay data-testid="call-audio" />
      </div>
    </main>
  );
}

function Duration({ snapshot: { state, since } }: { snapshot: CallerSnapshot }) {
  const { t } = useTranslation();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (state !== 'talking') return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [state]);
  return (
    <span role="timer" aria-label={t('callPage.duration')} className="tabular" data-testid="call-duration">
      {formatSpan(since === undefined ? 0 : now - since)}
    </span>
  );
}

function LanguageLink() {
  const { t } = useTranslation();
  const { language, set } = usePreferences();
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      onClick={() => set({ language: language === 'en' ? 'zh-CN' : 'en' })}
      data-testid="language-toggle"
    >
      {t('language.switchTo')}
    </Button>
  );
}
