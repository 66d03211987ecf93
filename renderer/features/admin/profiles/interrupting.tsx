import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Interrupts } from '#shared/model/routing.ts';
import { type Channel, channelSchema } from '#shared/model/states.ts';
import { Section } from '../fields.tsx';
import classes from '../form.module.css';

interface Props {
  readonly interrupts: Interrupts;
  readonly onChange: (interrupts: Interrupts) => void;
}

const channels = channelSchema.options;

/** Channel by channel: what may be offered while something else is in hand. */
export function Interrupting({ interrupts, onChange }: Props) {
  const { t } = useTranslation();
  const turn = (channel: Channel, under: Channel, on: boolean) => {
    const now = interrupts[channel] ?? [];
    onChange({ ...interrupts, [channel]: on ? [...now, under] : now.filter((one) => one !== under) });
  };
  return (
    <Section title={t('admin.profile.interrupts')} help={t('admin.profile.interruptsHelp')}>
      <div className={classes.scroll}>
        <table className={classes.ticks}>
          <thead>
            <tr>
              <td />
              {channels.map((under) => (
                <th key={under} scope="col">
                  {t(`channel.${under}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {channels.map((channel) => (
              <tr key={channel}>
                <th scope="row">{t(`channel.${channel}`)}</th>
                {channels.map((under) => (
                  <td key={under}>
                    {channel === under ? null : (
                      <Checkbox
                        aria-label={t('admin.profile.mayInterrupt', {
                          channel: t(`channel.${channel}`),
                          under: t(`channel.${under}`),
                        })}
                        checked={interrupts[channel]?.includes(under) ?? false}
                        onChange={(event) => turn(channel, under, event.currentTarget.checked)}
                      />
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
