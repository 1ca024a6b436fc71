/* Speaking with the server. Never throws: each answer is { kind, data }, where kind is
   "done", "refused" (422), "conflict" (409), "gone" (404), "signin", "offline" or "broken". */
import { state, url } from "./desk.js";

const KINDS = { 200: "done", 409: "conflict", 422: "refused", 404: "gone" };

export async function post(address, body, again = true) {
  body.set("csrf_token", state.csrf);
  const answer = await ask(address, { method: "POST", body });
  // The page was open for long, or somebody signed in again in another tab: with a new token it works.
  if (!again || answer.kind !== "broken" || ![400, 403].includes(answer.status)) return answer;
  const fresh = await freshToken();
  if (fresh === "signin") return { kind: "signin", data: {} };
  return fresh ? post(address, body, false) : answer;
}

export async function get(address) {
  return ask(address, {});
}

async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, { ...options, headers: { Accept: "application/json" }, redirect: "manual" });
  } catch {
    return { kind: "offline", data: {} };
  }
  if (response.type === "opaqueredirect") return { kind: "signin", data: {} };
  const kind = KINDS[response.status] || "broken";
  const json = response.headers.get("Content-Type")?.includes("json");
  const data = json ? await response.json().catch(() => ({})) : { html: await response.text().catch(() => "") };
  return { kind: kind !== "done" && kind !== "gone" && !json ? "broken" : kind, status: response.status, data };
}

/** True when there is a new token, "signin" when nobody is signed in any more. */
async function freshToken() {
  try {
    const response = await fetch(url, { redirect: "manual" });
    if (response.type === "opaqueredirect") return "signin";
    if (!response.ok) return false;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const token = page.querySelector("#editor input[name=csrf_token]")?.value;
    if (!token || token === state.csrf) return false;
    state.csrf = token;
    return true;
  } catch {
    return false;
  }
}
