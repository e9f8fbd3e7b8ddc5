declare module "dmn-js/lib/NavigatedViewer" {
  export interface View {
    id: string;
    name?: string;
    type: string;
  }
  export default class DmnViewer {
    constructor(options: { container: HTMLElement });
    importXML(xml: string): Promise<unknown>;
    getViews(): View[];
    open(view: View): Promise<unknown>;
  }
}
