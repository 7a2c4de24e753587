// HashiCorp's formatter, as `terraform fmt` uses it, over standard input.
const { format } = require('@cdktf/hcl-tools');

format(require('fs').readFileSync(0, 'utf8')).then((text) => {
  // Its WebAssembly keeps the process alive.
  process.stdout.write(text, () => process.exit(0));
});
