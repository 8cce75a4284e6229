export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="9" fill="#1f6f4a"/>
<path d="M16 26V14" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round"/>
<path d="M16 17c0-5.5 3.2-8.8 9.4-8.8 0 5.5-3.2 8.8-9.4 8.8z" fill="#fff"/>
<path d="M16 21.5c0-4.4-2.7-7.2-8.4-7.2 0 4.4 2.7 7.2 8.4 7.2z" fill="#a9e0c3"/>
</svg>
`;
