export { type BenchOptions, benchAgentIds, seedBench } from './bench.ts';
export { DEMO_PASSWORD, demoUsers, knownCaller, queueIds, queueNumbers, sharedNumber } from './cast.ts';
export { type DemoOptions, demoAgentIds, type SeedDeps, seedDemo } from './demo.ts';
