import type { AgentRouting } from '#shared/model/routing.ts';

/** What a person made of `base`, done to what is set now: what others changed meanwhile stays. */
export function onto(latest: AgentRouting, base: AgentRouting, draft: AgentRouting): AgentRouting {
  const skills = { ...latest.skills };
  for (const skill of new Set([...Object.keys(base.skills), ...Object.keys(draft.skills)])) {
    const level = draft.skills[skill];
    if (level === base.skills[skill]) continue;
    if (level === undefined) delete skills[skill];
    else skills[skill] = level;
  }
  return {
    id: draft.id,
    profileId: draft.profileId === base.profileId ? latest.profileId : draft.profileId,
    rank: draft.rank === base.rank ? latest.rank : draft.rank,
    skills,
  };
}
