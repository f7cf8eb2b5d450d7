import { EllipsisVertical } from 'lucide-react';
import { useRef, useState } from 'react';
import { Menu } from './dialogs';
import { IconButton } from './IconButton';
import type { MenuItem } from './Menu';

type Props = { label: string; items: MenuItem[]; className?: string };

/** Opens a menu of what can be done. */
export function MenuButton({ label, items, className }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton
        ref={button}
        label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(true)}
        className={className}
      >
        <EllipsisVertical aria-hidden className="size-5" />
      </IconButton>
      {open && <Menu label={label} items={items} anchor={button} onClose={() => setOpen(false)} />}
    </>
  );
}
