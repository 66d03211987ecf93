import type { Skills } from '#shared/model/routing.ts';

/** One skill that is asked for. */
export interface Asked {
  readonly id: string;
  /** Its number (SkillNumbers). */
  readonly skill: number;
  /** 1 to 5. */
  readonly level: number;
}

/** Skills as small numbers, so that an agent's level in one is a single look into an array. */
export class SkillNumbers {
  readonly #numbers = new Map<string, number>();

  of(id: string): number {
    let number = this.#numbers.get(id);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(id, number);
    }
    return number;
  }

  /** Levels by number; whatever lies beyond the end is level 0. */
  levels(skills: Skills): Uint8Array {
    const known = Object.entries(skills).map(([id, level]) => [this.of(id), level] as const);
    const levels = new Uint8Array(1 + known.reduce((most, [number]) => Math.max(most, number), -1));
    for (const [number, level] of known) levels[number] = level;
    return levels;
  }
}
