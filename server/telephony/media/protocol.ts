import type { ErrorCode } from '#shared/contract/index.ts';
import type { RemoteAudio } from './sdp/read.core.ts';
import type { PathSdp } from './sdp/write.core.ts';
import type { MediaCounts, RecordingResult } from './types.ts';

/** What a worker is started with (`workerData`). */
export interface WorkerSetup {
  readonly host: string;
  readonly ports: readonly number[];
  readonly silenceMs: number;
}

/** A leg is named by a number of the engine's, never used twice; `legId` is what its owner calls it. */
export type LegKey = number;

export interface OpenLeg {
  readonly leg: LegKey;
  readonly callId: string;
  readonly legId: string;
}

/** Requests: each is answered by one `done` or `failed` with its `id`. */
export type Request =
  /** Waits for a port; `open` among the orders takes one that was promised. */
  | ({ do: 'open' } & OpenLeg)
  /** Makes the leg's path a WebRTC one and asks what SDP must say of it. */
  | { do: 'webrtc'; leg: LegKey; answering: RemoteAudio | undefined }
  | { do: 'record'; callId: string; recording: number; file: string; left: string; right: string }
  | { do: 'stop-recording'; callId: string }
  | { do: 'counts' }
  | { do: 'stop' };

/** Orders: carried out as they come, not answered. */
export type Order =
  | ({ do: 'open'; port: number } & OpenLeg)
  /** What the far end's SDP said, first or again. */
  | { do: 'agree'; leg: LegKey; audio: RemoteAudio }
  | { do: 'play'; leg: LegKey; playId: string; file: string; loop: boolean }
  | { do: 'stop-playing'; leg: LegKey }
  | { do: 'echo'; leg: LegKey; on: boolean }
  | { do: 'mute'; leg: LegKey; on: boolean }
  | { do: 'digit'; leg: LegKey; digit: string }
  | { do: 'close'; leg: LegKey }
  | { do: 'record-right'; callId: string; right: string }
  | { do: 'mix'; callId: string; hears: Readonly<Record<string, readonly string[]>> };

/** Both ways messages come in arrays, in order (see outbox.ts). */
export type ToWorker = { is: 'request'; id: number; request: Request } | { is: 'order'; order: Order };

/** What a request is answered with, by its `do`. */
export interface Answers {
  /** Its port. */
  open: number;
  webrtc: PathSdp;
  record: undefined;
  'stop-recording': RecordingResult | undefined;
  counts: MediaCounts;
  stop: undefined;
}

export type LegEvent =
  | { tell: 'digit'; digit: string }
  | { tell: 'flowing' }
  | { tell: 'lost'; cause: 'closed' | 'silent' }
  | { tell: 'played'; playId: string };

export type FromWorker =
  | { is: 'ready' }
  /** This port stands ready: a leg can be opened on it without waiting. */
  | { is: 'promised'; port: number }
  | { is: 'done'; id: number; value: Answers[keyof Answers] }
  | { is: 'failed'; id: number; code: ErrorCode; message: string }
  | { is: 'leg'; leg: LegKey; event: LegEvent }
  | { is: 'recording-failed'; callId: string; recording: number; problem: string }
  | { is: 'log'; level: 'info' | 'warn'; fields: Record<string, unknown>; message: string };
