import { Alert, Button, NativeSelect, Popover, Slider } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconHeadset, IconVolume } from '../../components/icons.ts';
import { LevelMeter } from '../../components/level-meter.tsx';
import { useConnection } from '../../stores/connection.ts';
import { ringer, softphone, usePhone } from '../../stores/phone.ts';
import { usePhoneTrouble } from '../../stores/phone-trouble.ts';
import { usePreferences } from '../../stores/preferences.ts';
import classes from './state-strip.module.css';

/** The phone in one glance; its devices and what is wrong with it in a click. */
export function PhoneStatus() {
  const { t } = useTranslation();
  const registration = usePhone((s) => s.registration);
  const problem = usePhone((s) => s.problem);
  const phones = useConnection((s) => s.desk?.phones ?? 0);
  const trouble = usePhoneTrouble();
  const tone = trouble !== undefined ? 'bad' : registration === 'registered' ? 'good' : 'warn';
  const wrong = problem ?? trouble;
  return (
    <Popover position="bottom-start" width={340} shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <button
          type="button"
          className={classes.phone}
          style={{ color: `var(--${tone})` }}
          data-testid="phone-status"
          data-state={registration}
          data-alarm={trouble !== undefined}
          data-problem={problem ?? ''}
          data-phones={phones}
        >
          <IconHeadset size={16} aria-hidden="true" />
          <span>{t(trouble === undefined ? `phone.${registration}` : 'phone.failed')}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown data-testid="phone-popover" aria-label={t('phone.title')}>
        <p className="label">{t('phone.here')}</p>
        <p style={{ margin: '2px 0 8px' }}>
          {t(`phone.${registration}`)} · {t('phone.registeredPhones', { count: phones })}
        </p>
        {phones === 0 ? <p>{t('phone.noPhones')}</p> : null}
        {wrong === undefined ? null : (
          <Alert color="red" p="xs" mb="sm">
            {t(`phone.problem.${wrong}`)}
            <Button size="compact-sm" variant="light" color="red" mt={6} onClick={() => softphone.retry()}>
              {t('common.retry')}
            </Button>
          </Alert>
        )}
        <Devices />
      </Popover.Dropdown>
    </Popover>
  );
}

function useDevices(): MediaDeviceInfo[] {
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  useEffect(() => {
    const media = navigator.mediaDevices;
    if (media === undefined) return;
    let gone = false;
    const read = () =>
      void media.enumerateDevices().then(
        (list) => {
          if (!gone)
            setDevices(list.filter((device) => device.deviceId !== '' && device.deviceId !== 'default'));
        },
        () => {},
      );
    read();
    media.addEventListener('devicechange', read);
    return () => {
      gone = true;
      media.removeEventListener('devicechange', read);
    };
  }, []);
  return devices;
}

function Devices() {
  const { t } = useTranslation();
  const devices = useDevices();
  const { microphone, speaker, ringer: ringerDevice, ringVolume, set } = usePreferences();
  const choices = (kind: MediaDeviceKind) => [
    { value: '', label: t('phone.device.default') },
    ...devices
      .filter((device) => device.kind === kind)
      .map((device, index) => ({
        value: device.deviceId,
        label: device.label || t('phone.device.unnamed', { number: index + 1 }),
      })),
  ];
  return (
    <>
      <NativeSelect
        label={t('phone.device.microphone')}
        value={microphone}
        data={choices('audioinput')}
        onChange={(event) => set({ microphone: event.currentTarget.value })}
      />
      <div style={{ margin: '6px 0' }}>
        <LevelMeter read={() => softphone.micLevel()} label={t('phone.mic')} />
      </div>
      <NativeSelect
        label={t('phone.device.speaker')}
        value={speaker}
        data={choices('audiooutput')}
        onChange={(event) => set({ speaker: event.currentTarget.value })}
      />
      <NativeSelect
        mt="xs"
        label={t('phone.device.ringer')}
        value={ringerDevice}
        data={choices('audiooutput')}
        onChange={(event) => set({ ringer: event.currentTarget.value })}
      />
      <div className="row" style={{ marginTop: 10 }}>
        <IconVolume size={16} aria-hidden="true" />
        <Slider
          className="grow"
          thumbSize={24}
          min={0}
          max={1}
          step={0.05}
          value={ringVolume}
          label={null}
          thumbLabel={t('phone.device.volume')}
          onChange={(volume) => set({ ringVolume: volume })}
        />
        <Button size="compact-sm" variant="default" onClick={() => ringer.test()}>
          {t('phone.device.test')}
        </Button>
      </div>
    </>
  );
}
