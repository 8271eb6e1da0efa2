// Icons, drawn so that they look the same with every font.
const PATHS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z",
  before: "M12.5 3v10L6 8zM3.5 3h1.8v10H3.5z",
  after: "M3.5 3v10L10 8zM10.7 3h1.8v10h-1.8z",
  branch: "M4 1.5h1.6v6.2c2.4-.3 4.6-1.4 4.9-3.6A2 2 0 1 1 12 4.2C11.7 7.3 8.9 9 5.6 9.4v5.1H4z",
  mark: "M8 1.5 14 8l-6 6.5L2 8z",
  note: "M2 2.5h12v8.5H8.5L5 14.2V11H2z",
  cut: "M4 1.6a2.4 2.4 0 1 0 1.9 3.9L7.2 7 5.9 8.5A2.4 2.4 0 1 0 7 10.4L14.5 3.2V2h-1.6L8.4 5.7 6.4 4.1A2.4 2.4 0 0 0 4 1.6m0 1.3a1.1 1.1 0 1 1 0 2.2 1.1 1.1 0 0 1 0-2.2M4 9.3a1.1 1.1 0 1 1 0 2.2 1.1 1.1 0 0 1 0-2.2M9.3 8.6l5.2 4v1.2h-1.6L8 9.7z",
  search: "M6.8 2a4.8 4.8 0 1 0 2.9 8.6l3.3 3.4 1.1-1.1-3.4-3.3A4.8 4.8 0 0 0 6.8 2m0 1.6a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.4",
  picture: "M1.5 3h13v10h-13zM3.1 4.6v5.2L6 6.9l2.4 2.4 1.7-1.7 2.8 2.8V4.6zM10.6 5.3a1.1 1.1 0 1 1 0 2.2 1.1 1.1 0 0 1 0-2.2",
  link: "M6 3.5h7v7h-1.6V6.2l-7 7-1.1-1.1 7-7H6z",
  full: "M2 2h5v1.6H3.6V7H2zM9 2h5v5h-1.6V3.6H9zM2 9h1.6v3.4H7V14H2zM12.4 9H14v5H9v-1.6h3.4z",
  view: "M8 3c3.3 0 6 2.3 7 5-1 2.7-3.7 5-7 5S2 10.7 1 8c1-2.7 3.7-5 7-5m0 2.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6",
  help: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M7.2 11h1.7v1.6H7.2zM8 3.7c1.7 0 2.9 1 2.9 2.5 0 1.8-2 2-2 3.7H7.2c0-2.3 1.9-2.4 1.9-3.6 0-.7-.5-1.1-1.2-1.1-.8 0-1.3.5-1.3 1.4H5c0-1.8 1.3-2.9 3-2.9",
  close: "M3.5 4.6 4.6 3.5 8 6.9l3.4-3.4 1.1 1.1L9.1 8l3.4 3.4-1.1 1.1L8 9.1l-3.4 3.4-1.1-1.1L6.9 8z",
};

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} fill="currentColor" />
    </svg>
  );
}
