/** Tasks that arrive, second by second, and how long each takes. */
export type Curve = {
  readonly name: string;
  readonly seconds: number;
  readonly runSeconds: number;
  /** How many arrive in this second. */
  readonly arrivals: (second: number) => number;
};

const HOUR = 3600;

/** Returns reproducible noise, evenly spread over 0 to 1. */
const noiseAt = (second: number): number => {
  const x = Math.sin(second * 12.9898) * 43_758.5453;
  return x - Math.floor(x);
};

/** Whole tasks at a rate of so many a second, with chance deciding about the rest. */
const tasksAt = (second: number, perSecond: number): number =>
  Math.floor(perSecond + noiseAt(second));

/** All at once, in this second of a minute. */
export const burst = (tasks: number, secondOfMinute = 0): Curve => ({
  name: `${tasks.toLocaleString('en')} tasks of 1 s at once`,
  seconds: 3 * HOUR,
  runSeconds: 1,
  arrivals: (second) => (second === 600 + secondOfMinute ? tasks : 0),
});

/** Two days with their nights. */
export const dailyWave: Curve = {
  name: 'Two days, 2 to 34 tasks of 1 s a second',
  seconds: 48 * HOUR,
  runSeconds: 1,
  arrivals: (second) => tasksAt(second, 18 - 16 * Math.cos((second / (24 * HOUR)) * 2 * Math.PI)),
};

/** Somebody, now and then. */
export const trickle: Curve = {
  name: 'One task of 1 s every three minutes, for two hours',
  seconds: 3 * HOUR,
  runSeconds: 1,
  arrivals: (second) => (second < 2 * HOUR && second % 180 === 30 ? 1 : 0),
};

export const spikes: Curve = {
  name: '3,000 tasks of 1 s every half hour, over 5 a second',
  seconds: 6 * HOUR,
  runSeconds: 1,
  arrivals: (second) => tasksAt(second, 5) + (second % 1800 === 900 ? 3000 : 0),
};

/** They hold their slots for longer than a worker may take to stop. */
export const longTasks: Curve = {
  name: '200 tasks of 10 minutes at once',
  seconds: 4 * HOUR,
  runSeconds: 600,
  arrivals: (second) => (second === 610 ? 200 : 0),
};

/** More than one worker's worth of them, coming in for three hours and then ebbing away. */
export const longWave: Curve = {
  name: '0 to 3 tasks of 10 minutes a minute, for eight hours',
  seconds: 10 * HOUR,
  runSeconds: 600,
  arrivals: (second) =>
    second < 8 * HOUR
      ? tasksAt(second, 0.025 - 0.025 * Math.cos((second / (4 * HOUR)) * Math.PI))
      : 0,
};
