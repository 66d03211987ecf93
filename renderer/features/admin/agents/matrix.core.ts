import type { AgentRouting } from '#shared/model/routing.ts';

/** A cell of the matrix, by the places of its agent and skill on screen. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** Where an arrow, Home or End leads from here; undefined for any other key. Never out of the matrix. */
export function step(from: Place, key: string, rows: number, columns: number): Place | undefined {
  const { row, column } = from;
  switch (key) {
    case 'ArrowUp':
      return { row: Math.max(0, row - 1), column };
    case 'ArrowDown':
      return { row: Math.min(rows - 1, row + 1), column };
    case 'ArrowLeft':
      return { row, column: Math.max(0, column - 1) };
    case 'ArrowRight':
      return { row, column: Math.min(columns - 1, column + 1) };
    case 'Home':
      return { row, column: 0 };
    case 'End':
      return { row, column: columns - 1 };
    default:
      return undefined;
  }
}

/** The level a key sets: 1 to 5, or 0 to take the skill away; undefined for any other key. */
export function levelOf(key: string): number | undefined {
  if (key === 'Delete' || key === 'Backspace') return 0;
  return /^[0-5]$/.test(key) ? Number(key) : undefined;
}

/** What a click makes of a level: one more, and after 5 none. */
export const nextLevel = (level: number): number => (level + 1) % 6;

/** The agent with this level in a skill; without the skill for level 0. */
export function withLevel(agent: AgentRouting, skill: string, level: number): AgentRouting {
  const { [skill]: _, ...others } = agent.skills;
  return { ...agent, skills: level === 0 ? others : { ...others, [skill]: level } };
}
