export { type FlowProblem, type ParsedFlow, parseFlow } from './check.core.ts';
export type { Flow, FlowInput, FlowNode } from './document.ts';
export {
  type EnqueueNode,
  type FlowEffect,
  type FlowEvent,
  type FlowState,
  type FlowStep,
  startFlow,
  step,
} from './flow.core.ts';
