export { type RepairedRecording, repairRecordings } from './audio/repair.ts';
export { PromptError, readPrompt } from './audio/wav.core.ts';
export { createMediaEngine } from './engine.ts';
export { type SystemPrompt, soundPath, systemPrompts } from './sounds.ts';
export type {
  LegEvents,
  LegOptions,
  MediaCounts,
  MediaEngine,
  MediaEngineOptions,
  MediaLeg,
  RecordingResult,
  RecordOptions,
} from './types.ts';
