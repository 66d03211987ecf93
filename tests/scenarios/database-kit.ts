import type { Desk } from '#shared/contract/desk.ts';
import type { CommandInput, CommandName, Endpoint } from '#shared/contract/index.ts';
import { problemSchema } from '#shared/contract/kit.ts';
import { Phone } from '../../scripts/phone/phone.ts';
import { DeskClient } from '../../scripts/traffic/desk.ts';
import type { Place, TestAgent } from '../support/agent.ts';
import { ADMIN } from '../support/app.ts';

/** What people and machines were told at one moment. */
export interface Sample {
  readonly at: number;
  /** Status of `/healthz`, and what it says of the database. */
  readonly status: number;
  readonly problem: string | undefined;
  /** Since when, as the desk says. */
  readonly unsaved: number | undefined;
}

/** Asks at each quarter of a second what health and a desk say, until `stop`. */
export function watchTruth(url: string, desk: () => Desk): { samples: Sample[]; stop(): Promise<void> } {
  const samples: Sample[] = [];
  let going = true;
  const ask = async (): Promise<void> => {
    while (going) {
      samples.push(await sample(url, desk()));
      await new Promise((resolve) => setTimeout(resolve, 250 - (Date.now() % 250)));
    }
  };
  const done = ask();
  return {
    samples,
    stop() {
      going = false;
      return done;
    },
  };
}

async function sample(url: string, desk: Desk): Promise<Sample> {
  const response = await fetch(`${url}/healthz`);
  const { checks } = (await response.json()) as { checks: { database: { problem?: string } } };
  const { problem } = checks.database;
  return { at: Date.now(), status: response.status, problem, unsaved: desk.unsaved?.since };
}

/** What somebody asked for, and when the answer came. */
export interface Asked<T> {
  readonly answer: Promise<T>;
  answeredAt: number | undefined;
}
export function ask<T>(answer: Promise<T>): Asked<T> {
  const asked: Asked<T> = { answer, answeredAt: undefined };
  const settled = (): void => {
    asked.answeredAt = Date.now();
  };
  answer.then(settled, settled);
  return asked;
}

/** A command whose desk is in no hurry. */
export const command = <N extends CommandName>(agent: TestAgent, name: N, input: CommandInput<N>) =>
  ask(agent.client.command(name, input, 60_000));

export interface Answer {
  readonly status: number;
  /** Of a refusal. */
  readonly code: string | undefined;
  readonly ms: number;
  readonly body: unknown;
}

/** A request whose client waits for a minute. */
export async function request(
  { url }: Place,
  token: string,
  { method, path }: Pick<Endpoint, 'method' | 'path'>,
  body?: unknown,
): Promise<Answer> {
  const began = Date.now();
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const answer: unknown = await response.json();
  const { data } = problemSchema.safeParse(answer);
  return { status: response.status, code: data?.code, ms: Date.now() - began, body: answer };
}

/** Signs in; how long it took. */
export async function signIn(
  { url }: Place,
  username: string,
  password: string,
): Promise<{ desk: DeskClient; ms: number }> {
  const began = Date.now();
  const desk = await DeskClient.signIn(url, username, password);
  return { desk, ms: Date.now() - began };
}
export const signInAdmin = (place: Place) => signIn(place, ADMIN.username, ADMIN.password);

/** A call from its caller's phone to the agent's wrap-up, and how long after each cause the desk followed, ms. */
export async function wholeCall(place: Place, agent: TestAgent, ani: string) {
  const phone = await Phone.open({ server: place.sip, user: ani });
  const times = { offer: 0, talking: 0, wrapUp: 0 };
  try {
    const before = agent.calls.length;
    let began = Date.now();
    const caller = await phone.call('4001', { ani });
    await agent.until(({ offer }) => offer?.number === ani, `${ani} is offered`, 10_000);
    times.offer = Date.now() - began;
    const ringing = await agent.rung(10_000);
    began = Date.now();
    ringing.answer();
    await agent.until(({ work }) => work?.phase === 'talking' && work.number === ani, 'talking', 10_000);
    times.talking = Date.now() - began;
    const heard = await caller.answered;
    began = Date.now();
    await caller.hangUp();
    const { work } = await agent.until((desk) => desk.state === 'wrap-up', 'wrap-up', 10_000);
    times.wrapUp = Date.now() - began;
    if (!work) throw new Error('a wrap-up has its work on the desk');
    return { interactionId: work.interactionId, answered: heard, rung: agent.calls.length - before, times };
  } finally {
    await phone.close();
  }
}
