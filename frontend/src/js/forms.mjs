// Hides the questions of a declared form that earlier answers make needless. The server drops
// answers to hidden questions anyway, so nothing is lost or kept by what this does.
const asked = new Map();
for (const input of document.querySelectorAll('[data-yk-show-if]')) {
  const group = input.closest('.govuk-form-group');
  if (group) asked.set(group, { name: input.dataset.ykShowIf, values: input.dataset.ykShowValues.split(' ') });
}

function chosen(name) {
  return [...document.querySelectorAll(`[name="${CSS.escape(name)}"]`)]
    .filter((input) => input.checked && !input.closest('.govuk-form-group').parentElement.closest('[hidden]') && !input.closest('.govuk-form-group').hidden)
    .map((input) => input.value);
}

function settle() {
  for (const [group, rule] of asked) {
    group.hidden = !chosen(rule.name).some((value) => rule.values.includes(value));
  }
}

document.addEventListener('change', settle);
settle();
