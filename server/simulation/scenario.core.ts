import { z } from 'zod';
import { idSchema } from '#shared/model/ids.ts';
import {
  capacitySchema,
  interruptsSchema,
  type QueueSettings,
  queueDefaults,
  queueSettingsSchema,
  skillsSchema,
} from '#shared/model/routing.ts';
import { channelSchema } from '#shared/model/states.ts';
import { distributionSchema, durationSchema } from './distribution.core.ts';

export const HALF_HOUR = 1_800_000;
const MOST_AGENTS = 20_000;
const share = z.number().min(0).max(1);
const perHalfHour = <T extends z.ZodNumber>(number: T) => z.union([number, z.array(number).min(1).max(48)]);

/** What of a queue's settings a scenario may say; the rest is the default. Hours and wrap-up are the scenario's own. */
const settings = z
  .record(z.string(), z.unknown())
  .refine((given) => Object.keys(given).every((key) => key in queueDefaults && !OWN.has(key)), {
    message: `only ${Object.keys(queueDefaults).join(', ')}, without hours and wrapUp`,
  });
const OWN = new Set(['hours', 'wrapUp']);

const queueSchema = z
  .strictObject({
    id: idSchema,
    settings: settings.default({}),
    /** After each piece of work; none unless given. */
    wrapUp: distributionSchema.optional(),
    /** Who leaves sooner does not count against the service level. */
    shortAbandon: durationSchema.default(5_000),
  })
  .transform(({ settings: given, ...queue }, context) => {
    const whole = queueSettingsSchema.safeParse({ ...queueDefaults, ...given, id: queue.id, name: queue.id });
    if (whole.success) return { ...queue, settings: whole.data satisfies QueueSettings };
    for (const { path, message } of whole.error.issues)
      context.addIssue({ code: 'custom', message, path: ['settings', ...path] });
    return z.NEVER;
  });

const workSchema = z.strictObject({
  queue: idSchema,
  channel: channelSchema.default('call'),
  /**
   * Poisson: mean arrivals each half-hour (one number for all), or a day's total in the shape of an office day.
   * Recorded: instants after the beginning and handle times in ms, null where it was not recorded.
   */
  arrivals: z.union([
    perHalfHour(z.number().min(0).max(1_000_000)),
    z.strictObject({ total: z.number().min(1).max(10_000_000) }),
    z.strictObject({
      recorded: z.array(z.tuple([z.number().min(0), z.number().min(0).nullable()])).max(10_000_000),
    }),
  ]),
  handle: distributionSchema,
  /** How long it waits before it leaves; for ever unless given. */
  patience: distributionSchema.optional(),
  priority: z.number().int().min(-100).max(100).default(0),
  skills: skillsSchema.optional(),
});

const groupSchema = z.strictObject({
  id: idSchema,
  agents: perHalfHour(z.number().int().min(0).max(MOST_AGENTS)),
  /** `support`, or `support:2` for tier 2. */
  queues: z
    .array(z.string().regex(/^[^:]+(:[1-9])?$/, 'must look like support or support:2'))
    .min(1)
    .transform((list) =>
      list.map((text) => {
        const [queueId = '', tier = '1'] = text.split(':');
        return { queueId, tier: Number(tier) };
      }),
    ),
  skills: skillsSchema.default({}),
  rank: z.number().int().min(1).max(999).default(100),
  capacity: capacitySchema.optional(),
  interrupts: interruptsSchema.optional(),
  /** From the offer to the answer. */
  answer: distributionSchema.default({ kind: 'constant', mean: 0 }),
  /** Share of offers left to ring out (RONA), and how long until the agent is back. */
  noAnswer: share.default(0),
  back: distributionSchema.default({ kind: 'constant', mean: 60_000 }),
  decline: share.default(0),
  /** Each agent's phone is there for the one and gone for the other. */
  phoneLoss: z.strictObject({ every: distributionSchema, lasts: distributionSchema }).optional(),
});

const clockSchema = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must look like 08:30')
  .transform((text) => (Number(text.slice(0, 2)) * 60 + Number(text.slice(3))) * 60_000);

/** A day (or a part of it) in a centre; instants in ms since midnight, durations in ms once parsed. */
export const scenarioSchema = z
  .strictObject({
    from: clockSchema.default(8 * 3_600_000),
    halfHours: z.number().int().min(1).max(48),
    queues: z.array(queueSchema).min(1).max(200),
    work: z.array(workSchema).min(1).max(1_000),
    groups: z.array(groupSchema).min(1).max(1_000),
    /** The server stops, and is up again after `down`. */
    restarts: z.array(z.strictObject({ at: clockSchema, down: durationSchema })).default([]),
  })
  .superRefine((scenario, context) => {
    const wrong = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const { halfHours } = scenario;
    const long = (list: unknown, path: (string | number)[]) => {
      if (Array.isArray(list) && list.length !== halfHours)
        wrong(path, `has ${list.length} values for ${halfHours} half-hours`);
    };
    const known = new Set(scenario.queues.map(({ id }) => id));
    if (known.size < scenario.queues.length) wrong(['queues'], 'two queues have the same id');
    if (new Set(scenario.groups.map(({ id }) => id)).size < scenario.groups.length)
      wrong(['groups'], 'two groups have the same id');
    scenario.work.forEach(({ queue, arrivals }, i) => {
      if (!known.has(queue)) wrong(['work', i, 'queue'], `there is no queue "${queue}"`);
      long(arrivals, ['work', i, 'arrivals']);
    });
    scenario.groups.forEach(({ agents, queues }, i) => {
      long(agents, ['groups', i, 'agents']);
      for (const { queueId } of queues)
        if (!known.has(queueId)) wrong(['groups', i, 'queues'], `there is no queue "${queueId}"`);
      if (new Set(queues.map(({ queueId }) => queueId)).size < queues.length)
        wrong(['groups', i, 'queues'], 'a queue stands here once');
    });
    const most = scenario.groups.reduce((sum, { agents }) => sum + Math.max(...[agents].flat()), 0);
    if (most > MOST_AGENTS) wrong(['groups'], `${most} agents are more than ${MOST_AGENTS}`);
  });
/** As written in a file. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
export type Scenario = z.output<typeof scenarioSchema>;
export type Work = Scenario['work'][number];
export type Group = Scenario['groups'][number];

/** Mean arrivals in each half-hour; of recorded work, how many there were. */
export function arrivalsOf({ arrivals }: Work, halfHours: number): number[] {
  if (typeof arrivals === 'number') return Array.from({ length: halfHours }, () => arrivals);
  if (Array.isArray(arrivals)) return arrivals;
  if ('total' in arrivals) return officeDay(arrivals.total, halfHours);
  const counts = Array.from({ length: halfHours }, () => 0);
  for (const [at] of arrivals.recorded) {
    const h = Math.floor(at / HALF_HOUR);
    if (h < halfHours) counts[h] = (counts[h] ?? 0) + 1;
  }
  return counts;
}

export const agentsOf = ({ agents }: Group, halfHour: number): number =>
  typeof agents === 'number' ? agents : (agents[halfHour] ?? 0);

/** A peak in the morning, a dip at noon, a lower peak in the afternoon. */
export function officeDay(total: number, halfHours: number): number[] {
  const bell = (x: number, middle: number, width: number) => Math.exp(-(((x - middle) / width) ** 2));
  const shape = Array.from({ length: halfHours }, (_, h) => {
    const x = (h + 0.5) / halfHours;
    return 0.15 + bell(x, 0.28, 0.16) + 0.85 * bell(x, 0.64, 0.2);
  });
  const sum = shape.reduce((all, part) => all + part, 0);
  return shape.map((part) => (total * part) / sum);
}
