// What is asked of the portal beside the bytes themselves.
let token = document.querySelector("form[data-upload] input[name=csrf_token]")?.value ?? "";
const TUS = { "Tus-Resumable": "1.0.0" };

export const headers = () => ({ "X-CSRFToken": token });

export class SignedOut extends Error {}

// Whether an answer is the page to sign in at: the portal leads there whoever is not signed in any more.
export const leadsToSignIn = (url) => Boolean(url) && new URL(url, window.location.href).pathname === "/sign-in";

async function ask(url, method, more = {}) {
  const answer = await fetch(url, { method, ...more, headers: { ...headers(), ...TUS, ...more.headers } });
  if (leadsToSignIn(answer.url)) throw new SignedOut();
  return answer;
}

const told = async (answer) => {
  try {
    return await answer.json();
  } catch {
    return {};
  }
};

// Make room for a file. Gives `{ url }`, or `{ errors }` by field.
export async function begin(file, words) {
  const more = { body: new URLSearchParams({ filename: file.name, ...words }), headers: { "Upload-Length": String(file.size) } };
  const answer = await ask("/uploads", "POST", more);
  const said = await told(answer);
  return answer.status === 201 ? { url: answer.headers.get("Location") } : { errors: said.errors ?? {} };
}

// How far an upload is: `{ offset, size, name, marks }`; null: there is none any more. Takes up the token of a new sign-in.
export async function look(url) {
  const answer = await ask(url, "GET");
  if (!answer.ok) return null;
  const said = await answer.json();
  token = said.csrf_token;
  return said;
}

// What became of a whole file: `{ url, title }` or `{ errors }`. Asks again while the portal is busy with it.
export async function finish(url) {
  for (;;) {
    const answer = await ask(`${url}/finish`, "POST");
    if (![423, 429, 503].includes(answer.status)) return told(answer);
    await new Promise((later) => setTimeout(later, 2000));
  }
}

export const giveUp = (url) => ask(url, "DELETE");

// Whether this file has what is there, at each place the portal names. Where the browser cannot tell (no https), name and
// size must do.
export async function isTheSame(file, { offset, size, name, marks }) {
  if (file.size !== size || offset > size) return false;
  if (!window.crypto?.subtle) return file.name === name;
  for (const mark of marks) if ((await digestOf(file.slice(mark.begins, mark.ends))) !== mark.sha256) return false;
  return true;
}

async function digestOf(part) {
  const digest = await crypto.subtle.digest("SHA-256", await part.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
