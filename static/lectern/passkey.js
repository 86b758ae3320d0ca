// Passkeys: a form with data-passkey asks the browser for one and sends what it answers. Nothing is kept here.

const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}

const text = (buffer) => {
  const plain = String.fromCharCode(...new Uint8Array(buffer))
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")
}

const withBytes = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }))

const asked = (kind, { publicKey }) => {
  const options = { ...publicKey, challenge: bytes(publicKey.challenge) }
  if (kind === "get") return { ...options, allowCredentials: withBytes(publicKey.allowCredentials) }
  const user = { ...publicKey.user, id: bytes(publicKey.user.id) }
  const selection = { ...publicKey.authenticatorSelection, residentKey: "preferred", userVerification: "required" }
  return { ...options, user, excludeCredentials: withBytes(publicKey.excludeCredentials), authenticatorSelection: selection }
}

const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]

const answered = (credential) => {
  const response = {}
  for (const part of PARTS) if (credential.response[part]) response[part] = text(credential.response[part])
  if (credential.response.getTransports) response.transports = credential.response.getTransports()
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  }
}

const say = (form, words) => {
  const problem = form.querySelector("[data-passkey-problem]")
  problem.textContent = words
  problem.hidden = false
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    if (!window.PublicKeyCredential) return say(form, "This browser has no passkeys. Use a code from an app instead.")
    try {
      const kind = form.dataset.passkey
      const publicKey = asked(kind, JSON.parse(form.dataset.passkeyOptions))
      const credential = await navigator.credentials[kind]({ publicKey })
      form.querySelector("[name=credential]").value = JSON.stringify(answered(credential))
      HTMLFormElement.prototype.submit.call(form)
    } catch (problem) {
      say(form, "The passkey was not given. Try again, or use a code from an app instead.")
    }
  })
}
