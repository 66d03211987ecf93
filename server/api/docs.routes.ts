import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { openApi } from './openapi.core.ts';

/** GET /docs: the contract as a page; /docs/json: as OpenAPI. All from this server: the content policy allows no other. */
export async function docsRoutes(app: FastifyInstance, version: string): Promise<void> {
  type Document = Extract<Parameters<typeof swagger>[1], { mode: 'static' }>['specification'];
  // Built from zod, so to the compiler it is plain JSON.
  const specification = { document: openApi(version) } as unknown as Document;
  await app.register(swagger, { mode: 'static', specification });
  // Its files, wherever its code was bundled.
  const files = join(
    dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui/package.json')),
    'static',
  );
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list' },
    baseDir: files,
    logo: { type: 'image/svg+xml', content: readFileSync(join(files, 'logo.svg')) },
  });
}
