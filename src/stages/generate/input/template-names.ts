/** The names that a Jinja template takes from outside. */
export interface TemplateNames {
  readonly free: ReadonlySet<string>;
  /** Those of them that the template asks about itself, by `if`, `is` or `default`. */
  readonly asked: ReadonlySet<string>;
}

/** What Jinja itself gives. */
const given = [
  "range",
  "true",
  "false",
  "none",
  "True",
  "False",
  "None",
  "namespace",
  "strftime_now",
  "raise_exception",
];

/** @param program the parser's tree */
export function collectNames(program: unknown): TemplateNames {
  const found = { free: new Set<string>(), asked: new Set<string>() };
  visit(program, { bound: new Set(given), found, isAsked: false });
  return found;
}

interface Scope {
  /** Names that are not from outside. */
  readonly bound: Set<string>;
  readonly found: { readonly free: Set<string>; readonly asked: Set<string> };
  /** Whether we are within a question about a value. */
  readonly isAsked: boolean;
}

/** A node of the parsed template; its parts by the parser's names. */
type Node = { readonly type: string } & Readonly<Record<string, unknown>>;
type Visitor = (node: Node, scope: Scope) => void;

function visit(part: unknown, scope: Scope): void {
  if (Array.isArray(part)) {
    for (const item of part) visit(item, scope);
  } else if (part instanceof Map) {
    for (const [key, value] of part) visit([key, value], scope);
  } else if (isNode(part)) {
    const visitor = visitors[part.type] ?? visitParts;
    visitor(part, scope);
  }
}

function isNode(part: unknown): part is Node {
  return typeof part === "object" && part !== null && "type" in part;
}

const visitParts: Visitor = (node, scope) => {
  for (const [name, part] of Object.entries(node)) if (name !== "operator") visit(part, scope);
};

/** Nodes in which a name is bound, or stands for something else than a value from outside. */
const visitors: Readonly<Record<string, Visitor>> = {
  Identifier({ value }, { bound, found, isAsked }) {
    const name = String(value);
    if (bound.has(name)) return;
    found.free.add(name);
    if (isAsked) found.asked.add(name);
  },
  If({ test, body, alternate }, scope) {
    visit(test, asking(scope));
    visit([body, alternate], scope);
  },
  Ternary({ condition, trueExpr, falseExpr }, scope) {
    visit(condition, asking(scope));
    visit([trueExpr, falseExpr], scope);
  },
  TestExpression({ operand }, scope) {
    visit(operand, asking(scope));
  },
  FilterExpression({ operand, filter }, scope) {
    visit(operand, isDefault(filter) ? asking(scope) : scope);
    visit(argumentsOf(filter), scope);
  },
  FilterStatement({ filter, body }, scope) {
    visit([argumentsOf(filter), body], scope);
  },
  MemberExpression({ object, property, computed }, scope) {
    visit(object, scope);
    if (computed === true) visit(property, scope);
  },
  KeywordArgumentExpression({ value }, scope) {
    visit(value, scope);
  },
  Set({ assignee, value, body }, scope) {
    visit([value, body], scope);
    bind(assignee, scope.bound);
  },
  For({ loopvar, iterable, body, defaultBlock }, scope) {
    const inner = { ...scope, bound: new Set(scope.bound).add("loop") };
    bind(loopvar, inner.bound);
    const isSelect = isNode(iterable) && iterable.type === "SelectExpression";
    visit(isSelect ? iterable.lhs : iterable, scope);
    if (isSelect) visit(iterable.test, inner);
    visit(body, inner);
    visit(defaultBlock, scope);
  },
  Macro({ name, args, body }, scope) {
    bind(name, scope.bound);
    const inner = { ...scope, bound: new Set(scope.bound) };
    for (const argument of Array.isArray(args) ? args.filter(isNode) : []) {
      const isNamed = argument.type === "KeywordArgumentExpression";
      if (isNamed) visit(argument.value, scope);
      bind(isNamed ? argument.key : argument, inner.bound);
    }
    visit(body, inner);
  },
};

function asking(scope: Scope): Scope {
  return { ...scope, isAsked: true };
}

function bind(assignee: unknown, bound: Set<string>): void {
  if (!isNode(assignee)) return;
  const { type, value } = assignee;
  if (type === "Identifier") bound.add(String(value));
  else if (Array.isArray(value)) for (const item of value) bind(item, bound);
}

function isDefault(filter: unknown): boolean {
  const name = isNode(filter) && filter.type === "CallExpression" ? filter.callee : filter;
  return isNode(name) && name.value === "default";
}

function argumentsOf(filter: unknown): unknown {
  return isNode(filter) && filter.type === "CallExpression" ? filter.args : [];
}
