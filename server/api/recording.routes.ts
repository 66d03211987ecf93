import { createReadStream } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Principal } from '#server/people/index.ts';
import { recordingPath } from '#shared/contract/endpoints.ts';
import { AppError } from '#shared/contract/errors.ts';
import { idSchema } from '#shared/model/ids.ts';
import { principalOf } from './access.ts';
import { parseInput } from './problems.ts';
import { parseRange } from './range.core.ts';
import type { ApiDeps } from './types.ts';

const paramsSchema = z.object({ id: idSchema });
const querySchema = z.object({ download: z.literal('1').optional() });

/** GET and HEAD of a contact's recording: `audio/wav`, byte ranges, `?download=1` to save it. */
export function recordingRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: recordingPath(':id'),
    handler: async (request, reply) => {
      const principal = principalOf(deps.people, request);
      deps.people.authorize(principal, 'recording.own');
      const { id } = parseInput(paramsSchema, request.params);
      const { download } = parseInput(querySchema, request.query);
      refuseOthers(deps, principal, id);
      const file = await openRecording(deps, id);
      reply.header(
        'content-disposition',
        `${download ? 'attachment' : 'inline'}; filename="recording-${id.replaceAll(':', '_')}.wav"`,
      );
      return sendFile(file, request, reply);
    },
  });
}

/** With `recording.own` alone one hears one's own contacts. */
function refuseOthers({ people, interactions }: ApiDeps, principal: Principal, id: string): void {
  if (people.may(principal, 'recording.all')) return;
  if (interactions.detail(id).agent?.id !== principal.user.id)
    throw new AppError('forbidden', 'This recording is not one of yours.');
}

/** Opens the file, sure to lie within the recordings folder even if a link or `..` leads out of it. */
async function openRecording({ interactions, recordingsDir }: ApiDeps, id: string): Promise<FileHandle> {
  const none = new AppError('recording.none', 'There is no recording of this contact.');
  const name = interactions.recordingFile(id);
  if (name === undefined) throw none;
  try {
    const folder = await realpath(recordingsDir);
    const path = await realpath(resolve(folder, name));
    const inside = relative(folder, path);
    if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw none;
    const file = await open(path, 'r');
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw none;
  } catch (error) {
    if (isMissing(error)) throw none; // removed by the rules of retention, say
    throw error;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

async function sendFile(file: FileHandle, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  let handedOver = false;
  try {
    const { size, mtimeMs } = await file.stat();
    const tag = `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`;
    reply.headers({
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
      etag: tag,
      'content-type': 'audio/wav',
    });
    if (request.headers['if-none-match'] === tag) return reply.code(304).send();
    const condition = request.headers['if-range']; // RFC 9110 13.1.5: an outdated range is answered whole
    const wanted = condition === undefined || condition === tag ? request.headers.range : undefined;
    const range = parseRange(wanted, size);
    if (range === 'none') {
      reply.code(416).header('content-range', `bytes */${size}`).removeHeader('content-disposition');
      return reply.removeHeader('content-type').send();
    }
    const { start, end } = range === 'all' ? { start: 0, end: size - 1 } : range;
    if (range !== 'all') reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`);
    reply.header('content-length', end - start + 1);
    if (request.method === 'HEAD' || end < start) return reply.send();
    handedOver = true; // the stream closes the file at its end or when the client goes
    return reply.send(createReadStream('', { fd: file, start, end }));
  } finally {
    if (!handedOver) await file.close();
  }
}
