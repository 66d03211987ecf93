/**
 * `npm run calls`: lively traffic for a running demo: synthetic callers over SIP with sound, and robot agents.
 *   -- --rate 10/m --agents 6 --minutes 10 --url http://127.0.0.1:8080 --sip 127.0.0.1:5060
 * Robots take the names agentN downwards from agent12, so that people can be agent1, agent2, ...
 */
import { endpoints } from '#shared/contract/index.ts';
import { endpointOf, main, numberOf, rateOf, readOptions, UsageError } from './lib/args.ts';
import { Phone } from './phone/phone.ts';
import { speech } from './phone/speech.ts';
import { localAddress, RobotAgent } from './traffic/agent.ts';
import { type CallerEnd, runCaller } from './traffic/caller.ts';
import { chance, wait } from './traffic/chance.ts';
import { DeskClient } from './traffic/desk.ts';

const DEMO_AGENTS = 12;

await main(async (args) => {
  const options = readOptions(args, {
    rate: '10/m',
    agents: '6',
    minutes: '10',
    url: 'http://127.0.0.1:8080',
    sip: '127.0.0.1:5060',
    password: 'demo',
  });
  const rate = rateOf('rate', options.rate);
  const agents = numberOf('agents', options.agents, 0, DEMO_AGENTS);
  const minutes = numberOf('minutes', options.minutes, 0.05, 10_000);
  const sip = endpointOf('sip', options.sip);
  const url = options.url.replace(/\/$/, '');

  const dice = chance();
  const stop = new AbortController();
  const voices = Array.from({ length: 6 }, () => speech(8, dice.random));
  const voice = () => dice.pick(voices) ?? [];
  const talking = new Map<string, () => void>();
  const ends: Record<CallerEnd, number> = { talked: 0, 'gave up': 0, refused: 0, listened: 0, 'cut off': 0 };
  const live = new Set<Promise<void>>();
  const robots: RobotAgent[] = [];
  let made = 0;

  const known = await knownNumbers(url, options.password);
  for (let i = 0; i < agents; i++) {
    const username = `agent${DEMO_AGENTS - i}`;
    robots.push(
      await RobotAgent.start({
        url,
        sip,
        username,
        password: options.password,
        chance: dice,
        voice: voice(),
        signal: stop.signal,
        onTalking: (number) => talking.get(number)?.(),
      }),
    );
  }
  const phone = await Phone.open({ server: sip, user: 'caller', host: localAddress(sip.host) });

  const startCall = (): void => {
    const ani = freshNumber(known, dice, talking);
    made += 1;
    const spokenTo = new Promise<void>((resolve) => talking.set(ani, resolve));
    const call = runCaller({
      phone,
      ani,
      chance: dice,
      voice: voice(),
      signal: stop.signal,
      talking: spokenTo,
      robots: agents > 0,
    })
      .then((end) => {
        ends[end] += 1;
      })
      .catch((error: unknown) => console.error(`a caller: ${String(error)}`))
      .finally(() => {
        talking.delete(ani);
        live.delete(call);
      });
    live.add(call);
  };

  const began = Date.now();
  const line = (): string => {
    const states = new Map<string, number>();
    for (const robot of robots) states.set(robot.state, (states.get(robot.state) ?? 0) + 1);
    const ended = Object.entries(ends)
      .filter(([, count]) => count > 0)
      .map(([end, count]) => `${count} ${end}`);
    const crew = [...states].map(([state, count]) => `${count} ${state}`);
    const time = new Date(Date.now() - began).toISOString().slice(11, 19);
    return `${time}  ${made} calls, ${live.size} live${ended.length > 0 ? `: ${ended.join(', ')}` : ''}${crew.length > 0 ? `  |  robots: ${crew.join(', ')}` : ''}`;
  };
  const terminal = process.stdout.isTTY;
  const show = setInterval(
    () => (terminal ? process.stdout.write(`\r\x1b[K${line()}`) : console.log(line())),
    terminal ? 1000 : 10_000,
  );

  let asked = 0;
  const end = (): void => {
    // A second Ctrl-C: at once. Sooner than half a second it is the same key press, passed on by npm.
    if (asked > 0 && Date.now() - asked > 500) process.exit(1);
    asked ||= Date.now();
    stop.abort();
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  setTimeout(() => stop.abort(), minutes * 60_000).unref();

  while (!stop.signal.aborted) {
    startCall();
    await wait(dice.exponential(1 / rate), stop.signal);
  }
  clearInterval(show);
  if (terminal) process.stdout.write('\n');
  console.log('Hanging up.');
  await Promise.all(live);
  await Promise.all(robots.map((robot) => robot.stop()));
  await phone.close();
  console.log(line());
  process.exit(0); // sockets that linger have nothing left to say
});

/** Numbers of customers the centre knows, read as an agent would; empty when there are none. */
async function knownNumbers(url: string, password: string): Promise<string[]> {
  let desk: DeskClient;
  try {
    desk = await DeskClient.signIn(url, `agent${DEMO_AGENTS}`, password);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`No demo centre at ${url} with demo people (${why}). Start one with: npm start`);
  }
  try {
    const { items } = await desk.request(endpoints.listCustomers, { query: { limit: 60 } });
    const details = await Promise.all(
      items.map((item) => desk.request(endpoints.getCustomer, { params: { id: item.id } })),
    );
    return details.flatMap((customer) =>
      customer.contactPoints.filter((point) => point.kind === 'phone').map((point) => point.value),
    );
  } finally {
    await desk.close();
  }
}

/** A number nobody is calling from now: mostly a customer's, sometimes one nobody knows. */
function freshNumber(
  known: readonly string[],
  dice: ReturnType<typeof chance>,
  busy: ReadonlyMap<string, unknown>,
): string {
  const wanted = dice.odds(0.7) ? dice.pick(known) : undefined;
  if (wanted && !busy.has(wanted)) return wanted;
  let number: string;
  do number = `+1202555${String(Math.floor(dice.between(0, 10_000))).padStart(4, '0')}`;
  while (busy.has(number));
  return number;
}
