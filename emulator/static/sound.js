/** Tones made in the browser: a phone that rings, the tone a caller waits with, hold music, and the beep. */

const RINGING = { hertz: [440, 480], seconds: 1.2, every: 3000, loudness: 0.06 };
const RINGBACK = { hertz: [440, 480], seconds: 2, every: 6000, loudness: 0.03 };
const BEEP_HZ = 1000;
const MUSIC_LOUDNESS = 0.05;
const CHORDS = [[262, 330, 392], [220, 262, 330], [175, 220, 262], [196, 247, 294]]; // C, A minor, F, G
const NOTE_S = 0.4;
const BAR_MS = NOTE_S * 6 * 1000;

/** Something that repeats until it is stopped. */
class Loop {
  constructor(play, every) {
    this.play = play;
    this.every = every;
    this.timer = null;
    this.round = 0;
  }

  run(wanted) {
    if (wanted && this.timer === null) {
      this.play(this.round++);
      this.timer = setInterval(() => this.play(this.round++), this.every);
    }
    if (!wanted && this.timer !== null) {
      clearInterval(this.timer);
      this.timer = null;
    }
  }
}

export class Tones {
  constructor() {
    this.audio = null;
    this.playing = [];
    this.ringing = new Loop(() => this.chord(RINGING), RINGING.every);
    this.ringback = new Loop(() => this.chord(RINGBACK), RINGBACK.every);
    this.music = new Loop((bar) => this.bar(bar), BAR_MS);
  }

  /** Browsers let a page sound only after somebody used it; this is called then. */
  wake() {
    this.audio ??= new AudioContext();
    if (this.audio.state === "suspended") this.audio.resume();
  }

  /** Rings, or lets `line` ("ring", "hold" or nothing) be heard. */
  follow(ringing, line) {
    const able = this.audio !== null;
    this.ringing.run(able && ringing);
    this.ringback.run(able && line === "ring");
    this.music.run(able && line === "hold");
    if (!line && !ringing) this.silence();
  }

  silence() {
    this.playing.forEach((tone) => tone.stop());
    this.playing = [];
  }

  beep() {
    if (this.audio) this.note(BEEP_HZ, 0, 0.4, 0.05);
  }

  chord({ hertz, seconds, loudness }) {
    hertz.forEach((one) => this.note(one, 0, seconds, loudness));
  }

  bar(number) {
    const chord = CHORDS[number % CHORDS.length];
    [0, 1, 2, 1, 2, 1].forEach((step, beat) => this.note(chord[step], beat * NOTE_S, NOTE_S * 1.6, MUSIC_LOUDNESS));
  }

  note(hertz, after, seconds, loudness) {
    const start = this.audio.currentTime + after;
    const volume = this.audio.createGain();
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(loudness, start + 0.03);
    volume.gain.setValueAtTime(loudness, start + seconds * 0.6);
    volume.gain.linearRampToValueAtTime(0, start + seconds);
    volume.connect(this.audio.destination);
    const tone = this.audio.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(volume);
    tone.start(start);
    tone.stop(start + seconds);
    tone.addEventListener("ended", () => { this.playing = this.playing.filter((one) => one !== tone); });
    this.playing.push(tone);
  }
}
