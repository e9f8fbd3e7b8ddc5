/* Security keys (WebAuthn): turns the server's JSON into what the browser wants, and back. */
(() => {
  "use strict";
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)).buffer;
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (items) => (items || []).map((item) => ({ ...item, id: bytes(item.id) }));

  const create = async (options) => {
    const wanted = { ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) } };
    wanted.excludeCredentials = listed(options.excludeCredentials);
    const made = await navigator.credentials.create({ publicKey: wanted });
    return {
      id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: made.getClientExtensionResults(),
      response: { clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) },
    };
  };
  const get = async (options) => {
    const wanted = { ...options, challenge: bytes(options.challenge), allowCredentials: listed(options.allowCredentials) };
    const found = await navigator.credentials.get({ publicKey: wanted });
    const answer = found.response;
    return {
      id: found.id, rawId: text(found.rawId), type: found.type, clientExtensionResults: found.getClientExtensionResults(),
      response: {
        clientDataJSON: text(answer.clientDataJSON), authenticatorData: text(answer.authenticatorData),
        signature: text(answer.signature), userHandle: answer.userHandle ? text(answer.userHandle) : null,
      },
    };
  };

  document.querySelectorAll("form[data-key]").forEach((form) => {
    const button = form.querySelector("[data-key-start]");
    const note = form.querySelector("[data-key-note]");
    if (!window.PublicKeyCredential) {
      note.textContent = "当前浏览器不支持安全密钥，请改用动态码。";
      return;
    }
    button.hidden = false;
    button.addEventListener("click", async () => {
      const options = JSON.parse(document.getElementById(form.dataset.options).textContent).publicKey;
      note.textContent = "请按提示插入或触碰安全密钥。";
      try {
        const answer = await (form.dataset.key === "create" ? create(options) : get(options));
        form.querySelector("input[name=credential]").value = JSON.stringify(answer);
        form.submit();
      } catch {
        note.textContent = "没有完成安全密钥验证，请再试一次或改用动态码。";
      }
    });
  });
})();
