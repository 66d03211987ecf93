import { loudness } from './level.core.ts';
import type { PhoneProblem } from './softphone.ts';

let context: AudioContext | undefined;

/** The one audio context of this page. It may be suspended until the person has clicked or pressed a key. */
export function audioContext(): AudioContext {
  if (context === undefined) {
    context = new AudioContext();
    const resume = () => void context?.resume().catch(() => {});
    for (const gesture of ['pointerdown', 'keydown'] as const)
      addEventListener(gesture, resume, { capture: true });
  }
  if (context.state === 'suspended') void context.resume().catch(() => {});
  return context;
}

export interface Meter {
  level(): number;
  close(): void;
}

/** Measures a stream without playing it. */
export function meter(stream: MediaStream): Meter {
  const ctx = audioContext();
  const source = ctx.createMediaStreamSource(stream);
  const analyser = ctx.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level() {
      analyser.getFloatTimeDomainData(samples);
      return loudness(samples);
    },
    close: () => source.disconnect(),
  };
}

/** Opens a microphone with echo cancellation; a device that is gone falls back to the default one. */
export async function openMicrophone(deviceId: string): Promise<MediaStream> {
  if (navigator.mediaDevices === undefined) throw new DOMException('insecure page', 'SecurityError');
  const audio: MediaTrackConstraints = {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    channelCount: 1,
  };
  if (deviceId === '') return navigator.mediaDevices.getUserMedia({ audio });
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { ...audio, deviceId: { exact: deviceId } } });
  } catch (error) {
    if (micProblem(error) === 'mic-denied') throw error;
    return navigator.mediaDevices.getUserMedia({ audio });
  }
}

/** The reason getUserMedia gives (W3C Media Capture, 10.2), in our codes. */
export function micProblem(error: unknown): PhoneProblem {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') return 'mic-denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'mic-missing';
  if (name === 'SecurityError') return 'insecure';
  return 'mic-busy';
}

/** Plays through the chosen device where the browser can; otherwise through the default one. */
export async function playThrough(audio: HTMLAudioElement, deviceId: string): Promise<void> {
  if (!('setSinkId' in audio) || audio.sinkId === deviceId) return;
  await audio.setSinkId(deviceId).catch(() => audio.setSinkId('').catch(() => {}));
}
