import { type ComponentType, lazy } from 'react';

const loads: (() => Promise<unknown>)[] = [];

/** A component that the first sight does not need: loaded when it is first shown, or in a quiet moment before. */
export function onDemand<P extends object>(load: () => Promise<ComponentType<P>>) {
  loads.push(load);
  return lazy(async () => ({ default: await load() }));
}

/** Loads all of it, so that it opens at once, without a line, too. What fails is tried again when it is shown. */
export async function loadOnDemand(): Promise<void> {
  await Promise.allSettled(loads.map((load) => load()));
}
