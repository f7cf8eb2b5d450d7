import { Switch as Base } from '@base-ui/react/switch';
import { type ReactNode, useId } from 'react';

type Props = {
  label: string;
  /** What it means to switch it on or off. */
  description: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
};

/** Something that is on or off, and takes effect at once. */
export function Switch({ label, description, checked, onChange }: Props) {
  const id = useId();
  return (
    <div className="flex items-start gap-4">
      <div className="min-w-0 flex-1">
        <label htmlFor={id} className="block cursor-pointer font-medium">
          {label}
        </label>
        <p id={`${id}-note`} className="mt-0.5 text-sm text-soft">
          {description}
        </p>
      </div>
      {/* Larger than it looks, for fingers. */}
      <Base.Root
        id={id}
        nativeButton
        render={<button type="button" />}
        aria-describedby={`${id}-note`}
        checked={checked}
        onCheckedChange={onChange}
        className="group -my-2 inline-flex h-11 w-14 shrink-0 items-center justify-center rounded-full"
      >
        <span className="flex h-7 w-12 items-center rounded-full bg-field p-1 transition-colors duration-150 group-data-[checked]:bg-accent">
          <Base.Thumb className="block size-5 rounded-full bg-white shadow-sm transition-transform duration-150 group-data-[checked]:translate-x-5 rtl:group-data-[checked]:-translate-x-5" />
        </span>
      </Base.Root>
    </div>
  );
}
