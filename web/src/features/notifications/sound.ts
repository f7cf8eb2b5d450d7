/** Many messages at once are one sound. */
const pause = 2000;

let context: AudioContext | null = null;
let playedAt = Number.NEGATIVE_INFINITY;

/** Two soft notes. Browsers allow none before somebody has touched the page. */
export function playSound(): void {
  if (!navigator.userActivation?.hasBeenActive || performance.now() - playedAt < pause) return;
  playedAt = performance.now();
  context ??= new AudioContext();
  void context.resume();
  playNote(context, 660, 0);
  playNote(context, 880, 0.11);
}

function playNote(audio: AudioContext, frequency: number, delay: number): void {
  const start = audio.currentTime + delay;
  const tone = new OscillatorNode(audio, { frequency, type: 'sine' });
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.07, start + 0.015);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.35);
  tone.connect(volume).connect(audio.destination);
  tone.start(start);
  tone.stop(start + 0.4);
}
