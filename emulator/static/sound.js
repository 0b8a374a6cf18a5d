/** The ring tone, made in the browser; silent until the person at the page switches it on. */

const TONES_HZ = [440, 480];
const LOUDNESS = 0.06;
const RING_S = 1.2;
const EVERY_MS = 3000;

export class RingTone {
  constructor(button) {
    this.button = button;
    this.audio = null;
    this.wanted = false;
    this.timer = null;
    button.addEventListener("click", () => this.toggle());
  }

  toggle() {
    this.audio = this.audio ? this.silence() : new AudioContext();
    this.button.setAttribute("aria-pressed", String(this.audio !== null));
    this.button.textContent = `Ring tone: ${this.audio ? "on" : "off"}`;
    this.follow(this.wanted);
  }

  silence() {
    this.audio.close();
    return null;
  }

  /** Rings as long as `ringing` is true and the sound is on. */
  follow(ringing) {
    this.wanted = ringing;
    const rings = ringing && this.audio !== null;
    if (rings && this.timer === null) {
      this.ringOnce();
      this.timer = setInterval(() => this.ringOnce(), EVERY_MS);
    }
    if (!rings) this.stop();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
  }

  ringOnce() {
    const start = this.audio.currentTime;
    const volume = this.audio.createGain();
    volume.gain.value = LOUDNESS;
    volume.connect(this.audio.destination);
    for (const hertz of TONES_HZ) {
      const tone = this.audio.createOscillator();
      tone.frequency.value = hertz;
      tone.connect(volume);
      tone.start(start);
      tone.stop(start + RING_S);
    }
  }
}
