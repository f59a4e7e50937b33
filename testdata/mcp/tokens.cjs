// Counts the tokens of each string of a JSON array on standard input, with the encoding o200k.
const { getEncoding } = require("js-tiktoken");

const encoding = getEncoding("o200k_base");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => encoding.encode(text, "all").length)));
