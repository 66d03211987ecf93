import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { SIP_WS_PATH, SOCKET_PATH } from '#shared/contract/kit.ts';

/** First parts of paths that are never a screen of the desktop. */
const RESERVED = new Set([
  'api',
  'metrics',
  'docs',
  'healthz',
  'call',
  SIP_WS_PATH.slice(1),
  SOCKET_PATH.slice(1),
]);

const YEAR_MS = 365 * 24 * 3_600_000;
const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Cordboard</title></head>
<body style="font-family: system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>The desktop is not built yet</h1>
<p>The server runs, but the pages it should show are missing. Build them with <code>npm run build</code>,
or start everything with <code>npm start</code>, then load this page again.</p>
</body></html>
`;

/** The desktop at `/` (every screen of it is the same page), the customer's page at `/call`, and their files. */
export async function desktopRoutes(app: FastifyInstance, rendererDir: string): Promise<void> {
  await app.register(fastifyStatic, { serve: false, root: rendererDir, suppressWarning: true });

  async function page(name: string, reply: FastifyReply): Promise<unknown> {
    const built = await stat(join(rendererDir, name)).then(
      (found) => found.isFile(),
      () => false,
    );
    if (!built) return reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT);
    return reply.sendFile(name, rendererDir, { cacheControl: false, ...FILES });
  }

  app.addHook('onSend', async (_, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache');
  });

  app.get('/call', (_, reply) => page('call.html', reply));
  app.get('/call/', (_, reply) => page('call.html', reply));
  app.get<{ Params: { '*': string } }>('/*', async ({ params }, reply) => {
    const path = params['*'];
    const parts = path.split('/');
    if (RESERVED.has(parts[0] ?? '')) return reply.callNotFound();
    if (!parts.at(-1)?.includes('.')) return page('index.html', reply);
    const hashed = parts[0] === 'assets' && parts.length > 1; // named by their content: they never change
    return reply.sendFile(
      path,
      rendererDir,
      hashed ? { maxAge: YEAR_MS, immutable: true, ...FILES } : { cacheControl: false, ...FILES },
    );
  });
}

const FILES = { dotfiles: 'ignore', index: false } as const;
