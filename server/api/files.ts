import { createReadStream } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FileEndpoint } from '#server/kernel/index.ts';
import type { People } from '#server/people/index.ts';
import { AppError } from '#shared/contract/app-error.ts';
import { principalOf } from './access.ts';
import { parseRange } from './range.core.ts';

/** GET and HEAD of a file of a room: byte ranges (RFC 9110 14), `?download` to save it. Never from outside its folder. */
export function fileRoute(app: FastifyInstance, people: People, endpoint: FileEndpoint): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: endpoint.path,
    handler: async (request, reply) => {
      const principal = principalOf(people, request);
      const { folder, file, name, type } = await endpoint.open(principal, request);
      const handle = await openInside(folder, file);
      const { download } = request.query as { download?: unknown };
      const how = download === undefined ? 'inline' : 'attachment';
      reply.header('content-disposition', `${how}; filename="${name.replaceAll(/[^A-Za-z0-9._-]/g, '_')}"`);
      return sendFile(handle, type, request, reply);
    },
  });
}

/** Opens the file, sure to lie within the folder even if a link or `..` leads out of it. Throws `recording.none`. */
async function openInside(folder: string, name: string): Promise<FileHandle> {
  const none = new AppError('recording.none', 'There is no such file.');
  try {
    const root = await realpath(folder);
    const path = await realpath(resolve(root, name));
    const inside = relative(root, path);
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

async function sendFile(
  file: FileHandle,
  type: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  let handedOver = false;
  try {
    const { size, mtimeMs } = await file.stat();
    const tag = `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`;
    reply.headers({
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-cache',
      etag: tag,
      'content-type': type,
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
