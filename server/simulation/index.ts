export type { DayResult, HalfHour, QueueDay } from './day.ts';
export { type DaysResult, runDays } from './days.ts';
export { type Distribution, distributionOf, durationOf } from './distribution.core.ts';
export { offeredLoad } from './erlang.core.ts';
export { agentsFor } from './expected.core.ts';
export type { Estimate } from './interval.core.ts';
export { scenarioFrom } from './recorded.core.ts';
export { officeDay, type Scenario, type ScenarioInput, scenarioSchema } from './scenario.core.ts';
export { relaxation, runTheory, type TheoryFigure, type TheoryModel, type TheoryResult } from './theory.ts';
