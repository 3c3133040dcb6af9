/** Neighboring values share a bucket while they differ by less than this factor. */
const GROWTH = 1.02;
const SMALLEST = 1e-4;
const LARGEST = 2e6;
const indexOf = (value: number): number =>
  Math.ceil(Math.log(Math.min(Math.max(value, SMALLEST), LARGEST) / SMALLEST) / Math.log(GROWTH));

type Bucket = { count: number; sum: number };

/**
 * Any number of measurements in constant memory: a histogram whose buckets grow by 2 %, as in
 * DDSketch (https://arxiv.org/abs/1908.10693). At most 1,199 buckets from 0.0001 to 2,000,000, so
 * microseconds to weeks when the unit is the second. A bucket answers with its mean: values that
 * have one to themselves stay as they are.
 */
export class Distribution {
  readonly #buckets = new Map<number, Bucket>();
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  /** @param value 0 or more */
  add(value: number): void {
    const index = indexOf(value);
    const bucket = this.#buckets.get(index) ?? { count: 0, sum: 0 };
    bucket.count += 1;
    bucket.sum += value;
    this.#buckets.set(index, bucket);
    this.#count += 1;
    this.#sum += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  get count(): number {
    return this.#count;
  }

  /** Exact; 0 when there is nothing. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min;
  }

  /** Exact; 0 when there is nothing. */
  get max(): number {
    return this.#max;
  }

  /** Exact; 0 when there is nothing. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /**
   * The value that this share of all values does not exceed, within 2 %; 0 when there is nothing.
   * @param share 0 to 1
   */
  quantile(share: number): number {
    const rank = Math.max(Math.ceil(share * this.#count), 1);
    let seen = 0;
    for (const { count, sum } of this.#ascending()) {
      seen += count;
      if (seen >= rank) return sum / count;
    }
    return 0;
  }

  /**
   * At most `size` values, ascending, that stand for equal shares of all: value i of n is the
   * quantile (i + ½) / n. A random sample as small as that would miss the tail.
   */
  sample(size: number): number[] {
    const length = Math.min(size, this.#count);
    const values: number[] = [];
    let seen = 0;
    for (const { count, sum } of this.#ascending()) {
      seen += count;
      while (values.length < length && rankOf(values.length, length, this.#count) < seen) {
        values.push(sum / count);
      }
    }
    return values;
  }

  #ascending(): Bucket[] {
    return [...this.#buckets].sort(([a], [b]) => a - b).map(([, bucket]) => bucket);
  }
}

const rankOf = (index: number, length: number, count: number): number =>
  Math.floor(((index + 0.5) / length) * count);
