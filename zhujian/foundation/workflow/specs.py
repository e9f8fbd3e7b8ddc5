"""SpiffWorkflow task specs and parser of our own: calls that become their own part, decisions, automatic steps.

A call activity (and an embedded sub-process) is not run inside the caller's task tree: its task stays STARTED until the
engine reports the called part's end. So every part is a small tree of its own, loaded and stored alone.
"""

from __future__ import annotations

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.task_parsers import SubprocessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BpmnSpecMixin, ManualTask, NoneTask, UserTask
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import MultiInstanceTask
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task

from zhujian.foundation.workflow.diagram import CAMUNDA, own, safe_root


class _Call(TaskSpec):
    """Runs another process as a part of its own."""

    def __init__(self, wf_spec: object, bpmn_id: str, called: str = "", **kwargs: object) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.called = called

    def _run_hook(self, my_task: Task) -> None:
        """None leaves the task STARTED; the engine completes it when the part has ended."""
        return


class Call(_Call, BpmnSpecMixin):
    """A call activity or embedded sub-process."""


class _Decide(TaskSpec):
    """Asks a decision table."""

    def __init__(self, wf_spec: object, bpmn_id: str, decision: str = "", **kwargs: object) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.decision = decision

    def _run_hook(self, my_task: Task) -> bool:
        my_task.workflow.script_engine.decide(my_task, self.decision)
        return True


class Decide(_Decide, BpmnSpecMixin):
    """A business rule task."""


class _Automatic(TaskSpec):
    """Lets the process's handler act."""

    def _run_hook(self, my_task: Task) -> bool:
        my_task.workflow.script_engine.act(my_task)
        return True


class Automatic(_Automatic, BpmnSpecMixin):
    """A service task with ``zj:action``."""


class _Extended(TaskParser):
    def parse_extensions(self, node: object = None) -> dict[str, str]:
        """The ``zj:`` attributes."""
        return own(self.node)

    def _add_boundary_event(self, children: list) -> object:
        """Split before the task, but no join after it: SpiffWorkflow's join loses a branch when an event leads back to the
        task it is attached to. `engine.settle_boundaries` cancels what has become idle instead."""
        split = BoundaryEventSplit(self.spec, f"{self.bpmn_id}.BoundaryEventSplit", lane=self.task.lane)
        split.connect(self.task)
        for event in children:
            split.connect(self.process_parser.parse_node(event))
        return split


class _CallParser(_Extended):
    def create_task(self) -> object:
        return self.spec_class(
            self.spec, self.bpmn_id, called=SubprocessParser.get_call_activity_spec(self), **self.bpmn_attributes
        )


class _EmbeddedParser(_Extended):
    def create_task(self) -> object:
        return self.spec_class(self.spec, self.bpmn_id, called=SubprocessParser.get_subprocess_spec(self), **self.bpmn_attributes)


class _DecisionParser(_Extended):
    def create_task(self) -> object:
        decision = own(self.node).get("decision") or self.node.get(f"{{{CAMUNDA}}}decisionRef", "")
        return self.spec_class(self.spec, self.bpmn_id, decision=decision, **self.bpmn_attributes)


class Parser(BpmnParser):
    """SpiffWorkflow's parser with the ``zj:`` attributes and our specs."""

    OVERRIDE_PARSER_CLASSES = {
        full_tag("userTask"): (_Extended, UserTask),
        full_tag("manualTask"): (_Extended, ManualTask),
        full_tag("task"): (_Extended, NoneTask),
        full_tag("callActivity"): (_CallParser, Call),
        full_tag("subProcess"): (_EmbeddedParser, Call),
        full_tag("businessRuleTask"): (_DecisionParser, Decide),
        full_tag("serviceTask"): (_Extended, Automatic),
    }


def parse(files: list[str]) -> dict[str, object]:
    """Process specs by process id (embedded sub-processes by their id) from several BPMN files."""
    parser = Parser()
    for xml in files:
        parser.add_bpmn_xml(safe_root(xml))
    specs = parser.find_all_specs()
    for key, owner in list(parser.process_parsers.items()):
        specs.setdefault(key, owner.get_spec())
    for spec in specs.values():
        for task_spec in list(spec.task_specs.values()):
            # A tree loaded from the database must merge its instances like one that has just made them.
            if isinstance(task_spec, MultiInstanceTask):
                child = spec.task_specs[task_spec.task_spec]
                if not child.completed_event.is_connected(task_spec.merge_child):
                    child.completed_event.connect(task_spec.merge_child)
    return specs
