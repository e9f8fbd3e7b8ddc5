/* What only a policy has is shown only for a policy. */
const kind = document.querySelector("#id_kind");
const part = document.querySelector("[data-policy]");
if (kind && part) {
  const show = () => {
    part.hidden = kind.value !== "policy";
  };
  kind.addEventListener("change", show);
  show();
}
