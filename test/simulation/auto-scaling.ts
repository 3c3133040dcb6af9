import type { ScalingPolicy } from '../../shared/deployment/scaling.ts';
import type { CloudWatch } from './cloudwatch.ts';

// The alarms that target tracking makes: three minutes over the target, a quarter of an hour under nine
// tenths of it. AWS shows them in the console, and does not promise them.
const HIGH_MINUTES = 3;
const LOW_MINUTES = 15;
const LOW_SHARE = 0.9;
/** How far back an alarm on one period looks for data to repeat. */
const REPEAT_MINUTES = 5;

/** Application Auto Scaling with the three policies, as WorkerScaling deploys them. */
export class AutoScaling {
  readonly #policy: ScalingPolicy;
  readonly #cloudWatch: CloudWatch;
  /** The last action of each policy, for its cooldown. */
  #out: { at: number; from: number } = { at: Number.NEGATIVE_INFINITY, from: 0 };
  #woken: { at: number; from: number } = { at: Number.NEGATIVE_INFINITY, from: 0 };
  #inAt = Number.NEGATIVE_INFINITY;

  constructor(policy: ScalingPolicy, cloudWatch: CloudWatch) {
    this.#policy = policy;
    this.#cloudWatch = cloudWatch;
  }

  /** Called once a minute. Returns how many workers there should be. */
  evaluate(now: number, desired: number): number {
    const { maxWorkers, minWorkers } = this.#policy;
    const out = Math.max(this.#tracksOut(now, desired), this.#wakes(now, desired));
    const wanted = out > desired ? out : Math.min(this.#tracksIn(now, desired), desired);
    const slept = minWorkers === 0 && out <= desired && this.#sleeps(now) ? 0 : wanted;
    return Math.min(Math.max(slept, minWorkers), maxWorkers);
  }

  /** By period: `(held + wanted) / slots`. */
  #loads(now: number, minutes: number): (number | undefined)[] {
    const held = this.#cloudWatch.latest('SlotsHeld', minutes, now);
    const wanted = this.#cloudWatch.latest('SlotsWanted', minutes, now);
    const slots = this.#cloudWatch.latest('Slots', minutes, now);
    return held.map((period, index) => {
      const more = wanted[index];
      const all = slots[index]?.sum;
      if (!period || !more || !all) return undefined;
      return (period.sum + more.sum / more.count) / all;
    });
  }

  #tracksOut(now: number, desired: number): number {
    const { scaleOutCooldownSeconds, targetLoad } = this.#policy;
    const loads = this.#loads(now, HIGH_MINUTES);
    if (!loads.every((load) => load !== undefined && load > targetLoad)) return desired;
    const isCooling = now - this.#out.at < scaleOutCooldownSeconds;
    // Workers added during the cooldown are not counted yet.
    const from = isCooling ? Math.min(this.#out.from, desired) : desired;
    const wanted = Math.ceil((from * (loads.at(-1) ?? 0)) / targetLoad - 1e-9);
    if (wanted > desired && desired < this.#policy.maxWorkers) this.#out = { at: now, from };
    return Math.max(wanted, desired);
  }

  #tracksIn(now: number, desired: number): number {
    const { scaleInCooldownSeconds, targetLoad } = this.#policy;
    const low = targetLoad * LOW_SHARE;
    const loads = this.#loads(now, LOW_MINUTES);
    if (!loads.every((load) => load !== undefined && load < low)) return desired;
    if (now - this.#inAt < scaleInCooldownSeconds) return desired;
    const wanted = Math.ceil((desired * (loads.at(-1) ?? 0)) / targetLoad - 1e-9);
    if (wanted < desired) this.#inAt = now;
    return wanted;
  }

  /** `IF(FILL(FILL(workers, REPEAT), 0) > 0, 0, visible)`, and the step that it reaches. */
  #wakes(now: number, desired: number): number {
    const { minWorkers, wake } = this.#policy;
    if (minWorkers > 0) return desired;
    const isAnybodyThere = this.#cloudWatch
      .latest('SlotsHeld', REPEAT_MINUTES, now)
      .some((period) => period !== undefined);
    const visible = this.#cloudWatch.latest('Visible', 1, now)[0]?.max ?? 0;
    const step = wake.steps.findLast(({ tasks }) => visible >= tasks);
    if (isAnybodyThere || step === undefined) return desired;
    const isCooling = now - this.#woken.at < wake.cooldownSeconds;
    const from = isCooling ? Math.min(this.#woken.from, desired) : desired;
    if (from + step.workers > desired) this.#woken = { at: now, from };
    return from + step.workers;
  }

  #sleeps(now: number): boolean {
    return this.#cloudWatch
      .latest('Tasks', this.#policy.sleep.idleMinutes, now)
      .every((period) => period !== undefined && period.max === 0);
  }
}
