import { type ComponentType, useEffect, useState } from 'react';

/**
 * Code that is loaded when it is first shown. Not React's `lazy`: that shows what has come, even before it was needed, 0.3 s
 * after the last thing that was waited for.
 */
export function loadable<M>(load: () => Promise<M>) {
  let loaded: M | null = null;
  const get = async () => {
    loaded ??= await load();
    return loaded;
  };
  return {
    load: get,
    /** One of its components; `Waiting` stands there until it has come. What fails is tried again when it is next shown. */
    component<P extends object>(pick: (module: M) => ComponentType<P>, Waiting?: ComponentType) {
      return function Loadable(props: P) {
        const [module, setModule] = useState(loaded);
        useEffect(() => {
          if (module) return;
          const fail = (error: unknown) =>
            setModule(() => {
              throw error;
            });
          get().then((module) => setModule(() => module), fail);
        }, [module]);
        if (!module) return Waiting ? <Waiting /> : null;
        const Component = pick(module);
        return <Component {...props} />;
      };
    },
  };
}

const loads: (() => Promise<unknown>)[] = [];

/** A component that the first sight does not need: loaded when it is first shown, or before, when somebody moves. */
export function onDemand<M, P extends object>(load: () => Promise<M>, pick: (module: M) => ComponentType<P>) {
  const code = loadable(load);
  loads.push(code.load);
  return code.component(pick);
}

/** Loads all of it, so that it opens at once, without a line, too. What fails is tried again when it is shown. */
export async function loadOnDemand(): Promise<void> {
  await Promise.allSettled(loads.map((load) => load()));
}
