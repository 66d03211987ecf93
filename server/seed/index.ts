export { benchAgentIds, seedBench } from './bench.ts';
export { demoAgentIds, seedDemo } from './demo.ts';
