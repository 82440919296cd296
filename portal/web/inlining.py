"""Writes small macros into the pages that use them, when a template is compiled, and escapes words in less time.

A macro of Jinja is a Python call with its own buffer, its own join and its own check of arguments: a table of 25 rows
makes some 450 of them, which is most of what such a page costs (docs/performance.md). So the components stay macros in
the templates, and are no calls any more in what is compiled: a call that is itself printed, or a `{% call %}` block,
becomes the macro's body under `{% with %}`. Every other use stays a call.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from flask.templating import Environment
from jinja2 import TemplateNotFound, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer, NodeVisitor
from markupsafe import Markup, escape

_DEEPEST = 8
_SPECIAL = frozenset({"loop", "self", "super", "varargs", "kwargs", "true", "false", "none"})


@dataclass(frozen=True)
class Component:
    """One macro, with the scope it was written in."""

    macro: nodes.Macro
    scope: "Scope"

    def takes(self, call: nodes.Call) -> Mapping[str, nodes.Expr] | None:
        """The value of each parameter in this call; None: it cannot be known before the page is rendered."""
        if call.dyn_args or call.dyn_kwargs:
            return None
        names = [argument.name for argument in self.macro.args]
        defaults = dict(zip(names[len(names) - len(self.macro.defaults) :], self.macro.defaults, strict=True))
        given = dict(zip(names, call.args, strict=False)) | {word.key: word.value for word in call.kwargs}
        if len(call.args) > len(names) or not set(given) <= set(names):
            return None
        values = defaults | given
        return values if set(values) == set(names) else None


@dataclass
class Scope:
    """The names that the top of a template gives its macros. `is_page`: they see the page's own names, too."""

    template: str
    is_page: bool
    macros: dict[str, Component] = field(default_factory=dict)
    others: frozenset[str] = frozenset()


_SPECIAL_SIGN = re.compile("[&<>'\"]").search


def written(value: Any) -> Any:
    """What is printed of a value, escaped. Most of what pages print holds nothing to escape, and `escape` makes a
    `Markup` of that too, in Python: an eighth of a page of many rows.
    """
    kind = type(value)
    if kind is str:
        return value if _SPECIAL_SIGN(value) is None else escape(value)
    if kind is Markup:
        return value
    return str(value) if kind is int else escape(value)


class _Written(CodeGenerator):
    """Prints by `written`, where what is printed has to be escaped."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            return super()._output_child_pre(node, frame, finalize)
        self.write("environment.written(")
        if finalize.src is not None:
            self.write(finalize.src)
        return None


class InliningEnvironment(Environment):
    """Compiles templates with their small macros written in."""

    code_generator_class = _Written
    written = staticmethod(written)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        scope = _scope_of(self, parsed, name or "", is_page=True)
        if name:
            _WriteIn(self, scope).visit(parsed)
            parsed.set_lineno(1)
            parsed.set_environment(self)
        return parsed

    def parsed_plainly(self, template: str) -> nodes.Template:
        """A template as it was written. Raises `TemplateNotFound`."""
        assert self.loader is not None
        source, filename, _ = self.loader.get_source(self, template)
        return super()._parse(source, template, filename)


def _scope_of(environment: InliningEnvironment, parsed: nodes.Template, template: str, *, is_page: bool) -> Scope:
    scope = Scope(template, is_page)
    others = set()
    for node in parsed.body:
        if isinstance(node, nodes.Macro):
            scope.macros[node.name] = Component(node, scope)
        elif isinstance(node, nodes.FromImport) and isinstance(node.template, nodes.Const) and not node.with_context:
            scope.macros |= _imported(environment, node)
        others |= {name.name for name in node.find_all(nodes.Name) if name.ctx == "store"}
    scope.others = frozenset(others)
    return scope


def _imported(environment: InliningEnvironment, node: nodes.FromImport) -> dict[str, Component]:
    assert isinstance(node.template, nodes.Const)
    try:
        there = _scope_of(
            environment, environment.parsed_plainly(node.template.value), node.template.value, is_page=False
        )
    except TemplateNotFound:
        return {}
    pairs = [(name, name) if isinstance(name, str) else name for name in node.names]
    return {alias: there.macros[name] for name, alias in pairs if name in there.macros}


class _WriteIn(NodeTransformer):
    """Goes through a page and replaces the calls that can be replaced."""

    def __init__(self, environment: InliningEnvironment, scope: Scope) -> None:
        self._environment = environment
        self._scope = scope
        self._numbers = count(1)
        self._depth = 0
        self._hidden: frozenset[str] | set[str] = frozenset()

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:
        """What is still called has its own calls written in; its parameters may hide a macro's name."""
        hidden = {argument.name for argument in node.args} | _stored_in(node.body)
        before, self._hidden = self._hidden, self._hidden | hidden
        try:
            return self.generic_visit(node)
        finally:
            self._hidden = before

    def visit_Block(self, node: nodes.Block) -> nodes.Node:
        """Gathers what a block says before it is handed on: each piece would climb through every layout by itself."""
        self.generic_visit(node)
        if any(True for kind in (nodes.For, nodes.Include, nodes.If, nodes.With) for _ in node.find_all(kind)):
            name = f"w{next(self._numbers)}_said"
            gathered = nodes.AssignBlock(nodes.Name(name, "store"), None, node.body, lineno=node.lineno)
            node.body = [gathered, nodes.Output([nodes.Name(name, "load")], lineno=node.lineno)]
        return node

    def visit_CallBlock(self, node: nodes.CallBlock) -> Any:
        component = None if node.args else self._component(node.call)
        written = self._written_in(component, node.call, node.body) if component else None
        return self.generic_visit(node) if written is None else written

    def visit_Output(self, node: nodes.Output) -> Any:
        parts: list[nodes.Node] = []
        for expression in node.nodes:
            component = self._component(expression)
            written = None
            if component is not None and isinstance(expression, nodes.Call):
                written = self._written_in(component, expression, None)
            if written is not None:
                parts.append(written)
            elif parts and isinstance(parts[-1], nodes.Output):
                parts[-1].nodes.append(expression)
            else:
                parts.append(nodes.Output([expression], lineno=node.lineno))
        return parts

    def _component(self, expression: nodes.Node) -> Component | None:
        if isinstance(expression, nodes.Call) and isinstance(expression.node, nodes.Name):
            name = expression.node.name
            return None if name in self._hidden else self._scope.macros.get(name)
        return None

    def _written_in(self, component: Component, call: nodes.Call, inner: list[nodes.Node] | None) -> nodes.Node | None:
        """The macro's body with this call's values, or None where it has to stay a call."""
        values = component.takes(call)
        if values is None or self._depth >= _DEEPEST or not self._is_plain(component):
            return None
        mark = f"w{next(self._numbers)}_"
        body = _copied(component.macro.body)
        own = {argument.name for argument in component.macro.args} | _stored_in(body)
        body = _Rename(own, mark, inner is not None).through(body)
        within = _WriteIn(self._environment, component.scope)
        within._numbers, within._depth = self._numbers, self._depth + 1
        body = _each(within, body)
        if any(name.name in component.scope.macros for node in body for name in _names_of(node)):
            return None  # one of its own calls has to stay a call, and the page does not know that macro
        if inner is not None:
            body = _PutCaller(_each(self, inner)).through(body)
        targets: list[nodes.Expr] = [nodes.Name(mark + name, "param", lineno=call.lineno) for name in values]
        return nodes.With(targets, [_copied(value) for value in values.values()], body, lineno=call.lineno)

    def _is_plain(self, component: Component, within: tuple[nodes.Macro, ...] = ()) -> bool:
        """Whether the body means the same in the page: it uses its parameters, globals and other such macros alone."""
        if component.macro in within:
            return False
        seen = _Uses()
        for node in component.macro.body:
            seen.visit(node)
        own = {argument.name for argument in component.macro.args} | _stored_in(component.macro.body)
        strange = seen.names - own - {"caller"} - _SPECIAL
        if seen.is_odd or "varargs" in seen.names or "kwargs" in seen.names:
            return False
        scope = component.scope
        for name in strange:
            if name in scope.macros:
                inner = scope.macros[name]
                if inner.macro in within or name not in seen.printed:
                    return False
                if not self._is_plain(inner, (*within, component.macro)):
                    return False
            elif name not in self._environment.globals or name in scope.others:
                return False
        return True


class _Uses(NodeVisitor):
    """Which names a body reads, which of them it prints as calls, and whether it does what cannot be moved."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.printed: set[str] = set()
        self.is_odd = False
        self._elsewhere: set[str] = set()

    def visit_Name(self, node: nodes.Name) -> None:
        self.names.add(node.name)

    def visit_Output(self, node: nodes.Output) -> None:
        for expression in node.nodes:
            if isinstance(expression, nodes.Call) and isinstance(expression.node, nodes.Name):
                self.printed.add(expression.node.name)
            self.visit(expression)

    def visit_CallBlock(self, node: nodes.CallBlock) -> None:
        self.is_odd = self.is_odd or bool(node.args)
        if isinstance(node.call.node, nodes.Name):
            self.printed.add(node.call.node.name)
        self.generic_visit(node)

    def visit_Macro(self, node: nodes.Macro) -> None:
        self.is_odd = True

    def visit_Include(self, node: nodes.Include) -> None:
        self.is_odd = True

    def visit_FromImport(self, node: nodes.FromImport) -> None:
        self.is_odd = True


class _Rename(NodeTransformer):
    """Gives a body's own names a mark, so that they meet none of the page's; answers `caller is defined`."""

    def __init__(self, own: set[str], mark: str, has_caller: bool) -> None:
        self._own, self._mark, self._has_caller = own, mark, has_caller

    def through(self, body: list[nodes.Node]) -> list[nodes.Node]:
        return _each(self, body)

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        if node.name in self._own:
            return nodes.Name(self._mark + node.name, node.ctx, lineno=node.lineno)
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Node:
        if node.name == "defined" and isinstance(node.node, nodes.Name) and node.node.name == "caller":
            return nodes.Const(self._has_caller, lineno=node.lineno)
        return self.generic_visit(node)

    def visit_If(self, node: nodes.If) -> Any:
        """Leaves out what this call can never say."""
        self.generic_visit(node)
        if isinstance(node.test, nodes.Const) and not node.elif_:
            return node.body if node.test.value else node.else_
        return node


class _PutCaller(NodeTransformer):
    """Puts what stood inside the call block where the body says `caller()`."""

    def __init__(self, inner: list[nodes.Node]) -> None:
        self._inner = inner

    def through(self, body: list[nodes.Node]) -> list[nodes.Node]:
        return _each(self, body)

    def visit_Output(self, node: nodes.Output) -> Any:
        parts: list[nodes.Node] = []
        for expression in node.nodes:
            if isinstance(expression, nodes.Call) and getattr(expression.node, "name", "") == "caller":
                parts.extend(_copied(self._inner))
            elif parts and isinstance(parts[-1], nodes.Output):
                parts[-1].nodes.append(expression)
            else:
                parts.append(nodes.Output([expression], lineno=node.lineno))
        return parts


def _copied(value: Any) -> Any:
    """A tree of its own; the environment that its nodes know is no part of it."""
    if isinstance(value, list):
        return [_copied(one) for one in value]
    if not isinstance(value, nodes.Node):
        return value
    copy = type(value)(*[_copied(getattr(value, name)) for name in value.fields])
    for name in value.attributes:
        setattr(copy, name, getattr(value, name))
    return copy


def _each(transformer: NodeTransformer, body: list[nodes.Node]) -> list[nodes.Node]:
    return list(_flat(transformer.visit(node) for node in body))


def _flat(found: Iterator[Any]) -> Iterator[nodes.Node]:
    for one in found:
        if isinstance(one, list):
            yield from one
        elif one is not None:
            yield one


def _stored_in(body: list[nodes.Node]) -> set[str]:
    return {name.name for node in body for name in [*_names_of(node)] if name.ctx in ("store", "param")}


def _names_of(node: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(node, nodes.Name):
        yield node
    yield from node.find_all(nodes.Name)
