"""What the database itself keeps about parameters; installed by the first migration.

What has been in force on any past day can never be rewritten by the application, only ended from a day on. The loader of the
module files may correct its own rows (`zj.parameters_load`, set for one transaction) and logs what it corrected.
"""

from zhujian.foundation.kernel.memory import stamp_trigger

TRIGGERS = """
CREATE FUNCTION parameters_keep_past() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
  IF coalesce(current_setting('zj.parameters_load', true), '') = 'on' THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.valid_from < today THEN
      RAISE EXCEPTION 'a parameter cannot begin in the past' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF OLD.valid_from <= today THEN
      RAISE EXCEPTION 'a parameter that has been in force cannot be deleted' USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF OLD.valid_from <= today AND (
       (NEW.key, NEW.region_code, NEW.value, NEW.unit, NEW.valid_from) IS DISTINCT FROM
       (OLD.key, OLD.region_code, OLD.value, OLD.unit, OLD.valid_from)
       OR NEW.valid_to IS DISTINCT FROM OLD.valid_to AND (NEW.valid_to < today OR OLD.valid_to <= today)) THEN
    RAISE EXCEPTION 'the past of a parameter cannot be changed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER parameters_keep_past BEFORE INSERT OR UPDATE OR DELETE ON parameters_parameterversion
  FOR EACH ROW EXECUTE FUNCTION parameters_keep_past();
"""
TRIGGERS += stamp_trigger("parameters", "parameters_parameterversion")
TRIGGERS += stamp_trigger("code_lists", "parameters_codelist", "parameters_codeitem")
DROP_TRIGGERS = "DROP FUNCTION parameters_keep_past() CASCADE;"
