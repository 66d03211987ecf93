import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

const portRange = z
  .string()
  .regex(/^\d+-\d+$/, 'must look like 20000-20999')
  .transform((text) => {
    const [min = 0, max = 0] = text.split('-').map(Number);
    return { min, max };
  })
  .refine(
    ({ min, max }) => min >= 1024 && max <= 65_535 && max - min >= 3,
    'must be a range within 1024-65535',
  );

const address = z.string().refine((text) => isIP(text) !== 0, 'must be an IP address');

const environment = z.object({
  /** HTTP, and SIP over WebSocket on the same port. 0: any free port. */
  PORT: port.default(8080),
  HOST: address.default('127.0.0.1'),
  /** SIP over UDP and TCP. 0: any free port. */
  SIP_PORT: port.default(5060),
  SIP_HOST: address.optional(),
  /** The address written into SDP and Contact, when it is not the one bound. */
  PUBLIC_ADDRESS: address.optional(),
  SIP_TLS_PORT: port.default(5061),
  TLS_CERT: z.string().min(1).optional(),
  TLS_KEY: z.string().min(1).optional(),
  RTP_PORTS: portRange.default({ min: 20_000, max: 20_999 }),
  DATA_DIR: z.string().min(1).default('./data'),
  /** PostgreSQL in place of the embedded database; recordings stay in DATA_DIR. */
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/[^\s]+$/, 'must look like postgres://user:password@host:5432/database')
    .optional(),
  RENDERER_DIR: z.string().min(1).default('./dist/renderer'),
  /** What an empty data folder is filled with. */
  SEED: z
    .string()
    .regex(/^(demo|none|bench:([1-9]\d{0,3}|10000))$/, 'must be demo, none or bench:N with N from 1 to 10000')
    .default('demo'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('warn'),
  /** Digest algorithms offered to phones, in this order. Phones that read only the first challenge may need MD5 there. */
  SIP_DIGESTS: z
    .string()
    .default('SHA-256,MD5')
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(['SHA-256', 'MD5'])).min(1)),
  /** Addresses that may call in without a password, beside loopback; comma-separated. */
  TRUNKS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((entry) => entry !== ''))
    .pipe(z.array(address)),
  MAX_CALLS: z.coerce.number().int().min(1).max(20_000).default(2000),
  MEDIA_WORKERS: z.coerce.number().int().min(1).max(64).default(1),
  CORDBOARD_ADMIN_PASSWORD: z.string().min(8, 'must have at least 8 characters').optional(),
  /** Gives the agents of SEED=bench:N a password, so that a measuring program can sign in as one. */
  BENCH_PASSWORD: z.string().min(1).optional(),
});

export interface Config {
  readonly http: { readonly host: string; readonly port: number; readonly behindProxy: boolean };
  readonly sip: {
    readonly realm: string;
    readonly host: string;
    readonly port: number;
    readonly tls: { port: number; cert: string; key: string } | undefined;
    readonly trunks: readonly string[];
    readonly digests: readonly ('SHA-256' | 'MD5')[];
  };
  /** The address other machines reach us at. */
  readonly advertise: string;
  readonly media: { readonly ports: { min: number; max: number }; readonly workers: number };
  readonly dataDir: string;
  /** Address of a PostgreSQL; undefined: the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly rendererDir: string;
  readonly production: boolean;
  readonly seed: { kind: 'demo' } | { kind: 'none' } | { kind: 'bench'; agents: number };
  readonly logLevel: string;
  readonly maxCalls: number;
  readonly adminPassword: string | undefined;
  readonly benchPassword: string | undefined;
}

/** A setting that cannot be used; its message is one line for the person who set it. */
export class ConfigError extends Error {}

const isLoopback = (host: string): boolean => host.startsWith('127.') || host === '::1';

/**
 * Reads the settings. The only reader of the environment.
 * `args`: `--production`, `--behind-proxy`.
 * Throws ConfigError with every bad value in one line.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return `${name}=${/PASSWORD|URL/.test(name) ? '…' : (given[name] ?? '')}: ${issue.message}`;
    });
    throw new ConfigError(problems.join('; '));
  }
  const e = parsed.data;
  const production = args.includes('--production');
  const behindProxy = args.includes('--behind-proxy');
  const tls = readTls(e.TLS_CERT, e.TLS_KEY, e.SIP_TLS_PORT);
  if (production && !isLoopback(e.HOST) && !behindProxy)
    throw new ConfigError(
      `HOST=${e.HOST}: off this machine the desktop needs TLS; put a TLS proxy in front and start with --behind-proxy`,
    );
  if (!production && !isLoopback(e.HOST))
    throw new ConfigError(
      `HOST=${e.HOST}: the demo answers on this machine only; use npm run serve for others`,
    );
  const bench = /^bench:(\d+)$/.exec(e.SEED);
  return {
    http: { host: e.HOST, port: e.PORT, behindProxy },
    sip: {
      realm: 'cordboard',
      host: e.SIP_HOST ?? e.HOST,
      port: e.SIP_PORT,
      tls,
      trunks: e.TRUNKS,
      digests: e.SIP_DIGESTS,
    },
    advertise: e.PUBLIC_ADDRESS ?? e.SIP_HOST ?? e.HOST,
    media: { ports: e.RTP_PORTS, workers: e.MEDIA_WORKERS },
    dataDir: resolve(e.DATA_DIR),
    databaseUrl: e.DATABASE_URL,
    rendererDir: resolve(e.RENDERER_DIR),
    production,
    seed: production
      ? { kind: 'none' }
      : bench
        ? { kind: 'bench', agents: Number(bench[1]) }
        : { kind: e.SEED === 'none' ? 'none' : 'demo' },
    logLevel: e.LOG_LEVEL,
    maxCalls: e.MAX_CALLS,
    adminPassword: e.CORDBOARD_ADMIN_PASSWORD,
    benchPassword: e.BENCH_PASSWORD,
  };
}

function readTls(cert: string | undefined, key: string | undefined, port: number): Config['sip']['tls'] {
  if (!cert && !key) return undefined;
  if (!cert || !key) throw new ConfigError('TLS_CERT and TLS_KEY must be given together');
  try {
    return { port, cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } catch (error) {
    throw new ConfigError(`TLS_CERT, TLS_KEY: ${error instanceof Error ? error.message : String(error)}`);
  }
}
