export { type RepairedRecording, repairRecordings } from './audio/repair.ts';
export { createMediaEngine } from './engine.ts';
export { soundPath } from './sounds.ts';
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
