import type { Channel } from '#shared/model/states.ts';
import {
  IconBriefcase,
  IconCalendarTime,
  IconChecklist,
  IconMail,
  IconMessage,
  IconMessageCircle,
  IconPhone,
  IconTarget,
} from './icons.ts';

const icons = {
  call: IconPhone,
  chat: IconMessageCircle,
  email: IconMail,
  sms: IconMessage,
  callback: IconCalendarTime,
  task: IconChecklist,
  case: IconBriefcase,
  lead: IconTarget,
} satisfies Record<Channel, unknown>;

export function ChannelIcon({ channel, size = 16 }: { channel: Channel; size?: number }) {
  const Icon = icons[channel];
  return <Icon size={size} stroke={1.7} aria-hidden="true" style={{ flex: 'none' }} />;
}
