import type { CommandTable, Kernel, Principal } from '#server/kernel/index.ts';
import type { People } from '#server/people/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { type CommandName, commands } from '#shared/contract/index.ts';
import { type Ack, commandEnvelopeSchema } from '#shared/contract/kit.ts';
import { parseInput, parseOutput, toFailure } from './problems.ts';

type AnyHandler = (principal: Principal, input: never) => unknown;

/**
 * Carries out one command of a desk and says how it went. Never rejects. The way of every command:
 *
 *     session alive -> known name -> permission -> input parsed -> handler -> output parsed
 *
 * The handler is entered before this returns, so commands of one socket begin in the order they came.
 */
export async function runCommand(
  deps: { kernel: Kernel; people: People },
  handlers: CommandTable,
  sessionId: string,
  raw: unknown,
): Promise<Ack> {
  let name: string | undefined;
  try {
    const principal = deps.people.touch(sessionId);
    if (!principal) throw new AppError('session.expired', 'Your session has ended; sign in again.');
    const envelope = parseInput(commandEnvelopeSchema, raw);
    const handler: AnyHandler | undefined = isCommand(envelope.name) ? handlers[envelope.name] : undefined;
    if (!isCommand(envelope.name) || !handler)
      throw new AppError('unknown-command', 'The server does not know this command.');
    name = envelope.name;
    const command = commands[envelope.name];
    deps.people.authorize(principal, command.permission);
    const input = parseInput(command.input, envelope.input ?? {});
    const output = await handler(principal, input as never); // input was parsed by this command's own schema
    return { ok: true, output: parseOutput(command.output, output ?? {}, `the output of ${name}`) };
  } catch (error) {
    const { problem, bug } = toFailure(error);
    if (bug) deps.kernel.log.error({ err: error, command: name }, 'command failed');
    return { ok: false, error: problem };
  }
}

const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name);
