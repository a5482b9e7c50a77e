// Drawn by hand, 20 by 20, in the colour of the text.

const PATHS = {
  mic: "M10 2.5a2.5 2.5 0 0 0-2.5 2.5v4.5a2.5 2.5 0 0 0 5 0V5A2.5 2.5 0 0 0 10 2.5ZM4.8 9.3a5.2 5.2 0 0 0 10.4 0M10 14.5v3M7 17.5h6",
  muted: "M12.5 8V5a2.5 2.5 0 0 0-4.8-1M7.5 8v1.5a2.5 2.5 0 0 0 3.6 2.2M4.8 9.3a5.2 5.2 0 0 0 8 4.3m1.9-2.2c.3-.7.5-1.4.5-2.1M10 14.5v3M7 17.5h6M3 2.5l14 15",
  screen: "M3 4h14a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1ZM7 17.5h6M10 11.5V6.8M7.8 8.8 10 6.6l2.2 2.2",
  camera: "M3 5.5h8.5a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1ZM12.5 9l5-2.8v7.6l-5-2.8",
  leave: "M12 3H5a1 1 0 0 0-1 1v12a1 1 0 0 0 1 1h7M9 10h8.5M14.7 7l3 3-3 3",
  send: "M3 10 17 3.5 12.5 17l-2.7-5.3L3 10Zm6.8 1.7L17 3.5",
  eye: "M1.8 10S4.8 4.8 10 4.8 18.2 10 18.2 10 15.2 15.2 10 15.2 1.8 10 1.8 10ZM10 12.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8Z",
  ear: "M6 8a4 4 0 0 1 8 0c0 3.2-3 3.6-3 6.2a2.3 2.3 0 0 1-4.2 1.3M8.3 8a1.7 1.7 0 0 1 3.4 0c0 1.2-1.2 1.5-1.2 2.6",
  page: "M5 2.5h6.5L15 6v11.5H5v-15ZM11.2 2.7v3.6H15M7.5 10h5M7.5 13h5",
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

export function Brand() {
  return (
    <p className="brand">
      <img src="/page/icon.svg" alt="" width="22" height="22" />
      Parley
    </p>
  );
}
