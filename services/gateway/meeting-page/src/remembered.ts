// What a person need not tell twice. Nothing of a meeting is kept.

const PREFIX = "parley.meet.";

export function remembered(name: "name" | "microphone"): string {
  try {
    return localStorage.getItem(PREFIX + name) ?? "";
  } catch {
    return ""; // storage is closed to this page
  }
}

export function remember(name: "name" | "microphone", value: string) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // then it is told again next time
  }
}
