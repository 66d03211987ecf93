import { readFile, stat } from 'node:fs/promises';
import type { Law } from '../codec/g711.core.ts';
import { PromptError, readPrompt } from './wav.core.ts';

interface Cached {
  readonly samples: Int16Array;
  readonly changedAt: number;
  readonly size: number;
  checkedAt: number;
}

/** A file is looked at again for changes after this. */
const trustMs = 5000;
/** Half an hour of sound. */
const mostSamples = 30 * 60 * 8000;
const mostFileBytes = 64 * 1024 * 1024;

/**
 * Prompt files as samples, kept in memory, the longest unused dropped first; a file that changed is read again.
 */
export class PromptLibrary {
  readonly #now: () => number;
  /** Oldest use first. */
  readonly #cached = new Map<string, Cached>();
  readonly #loading = new Map<string, Promise<Int16Array>>();
  #held = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The samples if they are at hand and fresh. */
  ready(file: string): Int16Array | undefined {
    const cached = this.#cached.get(file);
    if (cached === undefined || this.#now() - cached.checkedAt > trustMs) return undefined;
    this.#cached.delete(file);
    this.#cached.set(file, cached);
    return cached.samples;
  }

  /** @throws PromptError or the file system's own error */
  load(file: string): Promise<Int16Array> {
    const under = this.#loading.get(file);
    if (under !== undefined) return under;
    const loading = this.#load(file).finally(() => this.#loading.delete(file));
    this.#loading.set(file, loading);
    return loading;
  }

  async #load(file: string): Promise<Int16Array> {
    const { mtimeMs, size } = await stat(file);
    const cached = this.#cached.get(file);
    if (cached !== undefined && cached.changedAt === mtimeMs && cached.size === size) {
      cached.checkedAt = this.#now();
      return cached.samples;
    }
    if (size > mostFileBytes) throw new PromptError('The file is too large for a prompt.');
    const samples = readPrompt(await readFile(file), rawLaw(file));
    this.#drop(file);
    this.#cached.set(file, { samples, changedAt: mtimeMs, size, checkedAt: this.#now() });
    this.#held += samples.length;
    for (const [oldest] of this.#cached) {
      if (this.#held <= mostSamples || this.#cached.size === 1) break;
      this.#drop(oldest);
    }
    return samples;
  }

  #drop(file: string): void {
    this.#held -= this.#cached.get(file)?.samples.length ?? 0;
    this.#cached.delete(file);
  }
}

/** Files of bare G.711 are known by their names. */
export function rawLaw(file: string): Law | undefined {
  if (/\.(ulaw|ul|mulaw|pcmu)$/i.test(file)) return 'pcmu';
  return /\.(alaw|al|pcma)$/i.test(file) ? 'pcma' : undefined;
}
